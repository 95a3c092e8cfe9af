"""Settings of the Python interpreter for a server that is ready: garbage collection and asynchronous generators."""

from __future__ import annotations

import gc
import sys


def settle() -> None:
    """Freeze the present objects, enable garbage collection, and drop the asynchronous-generator hooks.

    To be called on the thread and inside the loop that answers calls, once everything is imported.
    """
    gc.freeze()  # a full collection would else scan all imported modules, and every call would wait for it
    gc.enable()  # `run.py serve` starts with it disabled
    # asyncio tracks each asynchronous generator to close it when the loop ends. A reply has ten of them, and the code
    # that opens one closes it, so the tracking would be pure cost.
    sys.set_asyncgen_hooks(firstiter=None)
