"""A stand-in for the web services that a config's tools ask, on loopback."""

from pipeline.standins.web.server import Done, Web

__all__ = ["Done", "Web"]
