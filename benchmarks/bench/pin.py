"""Become another program, held to one core and first in line there: `python pin.py CORE COMMAND…`.

A short slice (Linux 6.12 or later, `sched_setattr` with a runtime) lets it pre-empt what else wants the core. What is
not allowed is left out: the program runs all the same.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

NICE = -10
SLICE = 100_000  # nanoseconds
SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}  # the system call's number


def main() -> None:
    """Pin, hurry, become."""
    core, *command = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    call = SCHED_SETATTR.get(platform.machine())
    attributes = struct.pack("IIQiIQQQ", 48, 0, 0, NICE, 0, SLICE, 0, 0)  # struct sched_attr of SCHED_OTHER
    if call is None or ctypes.CDLL(None).syscall(call, 0, attributes, 0) != 0:
        try:
            os.setpriority(os.PRIO_PROCESS, 0, NICE)
        except PermissionError:
            print("pin.py: may not go first in line", file=sys.stderr)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
