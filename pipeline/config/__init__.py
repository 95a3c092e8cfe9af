"""YAML → a checked config, or every fault at once.

`tree` makes positioned nodes of YAML text, `layers` puts a deployment's changes on what it extends, `reading` turns
nodes into settings, `graph` looks whether neighbours fit, and `loading` is the whole way.
"""

from pipeline.config.loading import Config, RecordSettings, ServerSettings, load

__all__ = ["Config", "RecordSettings", "ServerSettings", "load"]
