"""What the interpreter need not do any more once a server is ready."""

from __future__ import annotations

import gc
import sys


def settle() -> None:
    """Leave alone what stays for good, and keep no list of streams; to be called on the loop that answers calls."""
    gc.freeze()  # or now and then every call would wait until all that was imported has been looked through
    gc.enable()  # whoever started this may have switched it off
    # The loop would list each asynchronous generator, to close it at its own end: a reply has ten, and whoever opens
    # one closes it.
    sys.set_asyncgen_hooks(firstiter=None)
