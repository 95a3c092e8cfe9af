"""The transfer of a config to a worker process, with the source of the plug-ins that it uses.

The worker opens exactly the config that the parent checked: it reads no files, which may have changed since.
"""

from __future__ import annotations

import pickle

from pipeline.catalog import plugins
from pipeline.config import Config


def packed(config: Config) -> bytes:
    """Return a config as bytes (pickle); they contain its secrets, and must stay in the processes of one server."""
    content = pickle.dumps(config)
    own = {name: code for name, code in plugins.sources().items() if name.encode() in content}
    return pickle.dumps((own, content))


def unpacked(packed_config: bytes) -> Config:
    """Return the config of `packed`; raises WordError for a plug-in that this process cannot run."""
    own, content = pickle.loads(packed_config)
    for name, (path, source) in own.items():
        plugins.made(name, path, source, path.stem)
    config: Config = pickle.loads(content)
    return config
