"""Call a server many times at once, and print what was found out as one line of JSON (`Outcome`).

python -m benchmarks.load ws://127.0.0.1:8080/ws/twilio-media --calls 30
"""

from __future__ import annotations

import argparse
from typing import Any

import msgspec
import uvloop

from benchmarks.load.caller import Script
from benchmarks.load.crowd import Crowd
from benchmarks.load.outcome import Outcome


def main() -> None:
    """Read the command line, call, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=str(__doc__).splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--calls", type=int, default=1)
    parser.add_argument("--ramp", type=float, default=7.0, help="seconds over which they are opened")
    parser.add_argument("--limit", type=float, default=180.0, help="seconds after which those left are given up")
    script = Script()
    for name in script.__struct_fields__:
        default = getattr(script, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    asked = vars(parser.parse_args())
    script = msgspec.convert({name: asked[name] for name in script.__struct_fields__}, Script)
    print(msgspec.json.encode(uvloop.run(_call(asked, script))).decode())


async def _call(asked: dict[str, Any], script: Script) -> Outcome:
    return await Crowd(asked["url"], asked["calls"], script, asked["ramp"], asked["limit"]).run()


if __name__ == "__main__":
    main()
