"""A config on its way to another process: exactly what was checked here is what is opened there.

Files may have changed since, so they are not read again: a plugin's code travels with the config that uses it.
"""

from __future__ import annotations

import pickle

from pipeline.catalog import plugins
from pipeline.config import Config


def packed(config: Config) -> bytes:
    """A config as bytes, with its secrets: for nobody but the processes of one server."""
    content = pickle.dumps(config)
    own = {name: code for name, code in plugins.sources().items() if name.encode() in content}
    return pickle.dumps((own, content))


def unpacked(packed_config: bytes) -> Config:
    """The config; raises WordError for a plugin that this process cannot run."""
    own, content = pickle.loads(packed_config)
    for name, (path, source) in own.items():
        plugins.made(name, path, source, path.stem)
    config: Config = pickle.loads(content)
    return config
