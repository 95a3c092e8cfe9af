"""Configs: YAML → a checked config, or every fault at once.

`toplevel` declares the top level, `shipped` finds the configs that come with Kav, `yaml` makes positioned nodes of
YAML text, `layers` lays a deployment's changes over the config that it extends, `reading` turns nodes into settings,
`rules` runs the settings' own checks, `step_order` checks that adjacent steps fit, `loading` does all of it, and
`several_configs` checks that configs can share a server.
"""

from pipeline.config.loading import load
from pipeline.config.several_configs import Loader, distinct, load_all, number
from pipeline.config.toplevel import Config, RecordSettings, ServerSettings

__all__ = ["Config", "Loader", "RecordSettings", "ServerSettings", "distinct", "load", "load_all", "number"]
