"""The tools that a config may name under `tools`: a module for each word."""
