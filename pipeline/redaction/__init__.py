"""Redaction: secrets, and callers' personal data, are masked in text before it reaches any output."""
