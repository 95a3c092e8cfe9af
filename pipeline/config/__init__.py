"""YAML → a checked config, or every fault at once.

`keys` is the top level, `tree` makes positioned nodes of YAML text, `layers` puts a deployment's changes on what it
extends, `reading` turns nodes into settings, `rules` asks the settings themselves, `graph` looks whether neighbours
fit, `loading` is the whole way, and `together` looks whether several configs can share a server.
"""

from pipeline.config.loading import load
from pipeline.config.several import Loader, distinct, load_all, number
from pipeline.config.toplevel import Config, RecordSettings, ServerSettings

__all__ = ["Config", "Loader", "RecordSettings", "ServerSettings", "distinct", "load", "load_all", "number"]
