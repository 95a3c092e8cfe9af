"""The verbs of `python run.py`: each is a few lines, and the work is elsewhere."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pipeline.faults import KavError

if TYPE_CHECKING:
    from pipeline.tools.dial import Dialling

    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

PORT = 8080


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and exit: 0 done, 1 what was asked about failed, 2 used wrongly."""
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
    except KavError as error:
        print(error, file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains as it leaves
        code = 1
    sys.exit(code)


# ---- the verbs ----------------------------------------------------------------------------------------------------


def _serve(options: argparse.Namespace) -> int:
    from pipeline.config import load
    from pipeline.server.app import serve

    _log(options)
    configs = [load(path, set=options.set) for path in options.config]
    if options.stand_ins:
        from pipeline.tools.standins.starting import serve_standing_in

        return _run(serve_standing_in(configs, host=options.host, port=options.port))
    return _run(serve(configs, host=options.host, port=options.port))


def _call(options: argparse.Namespace) -> int:
    from pipeline.tools.dial import call

    _log(options)
    return _run(call(_dialling(options)))


def _demo(options: argparse.Namespace) -> int:
    from pipeline.tools.dial import demo

    _log(options)
    return _run(demo(_dialling(options), options.port))


def _check(options: argparse.Namespace) -> int:
    from pipeline.tools.checking import check

    return check(options.path, options.strict, options.json)


def _replay(options: argparse.Namespace) -> int:
    from loguru import logger

    from pipeline.tools.replay.verb import Replaying, run

    logger.remove()  # a replay tells its log itself
    calls, changes = tuple(options.call), tuple(options.set)
    return run(Replaying(calls=calls, config=options.config, changes=changes, wav=options.wav, as_json=options.json))


def _list(_: argparse.Namespace) -> int:
    from pipeline.tools.reference import list_processors

    return list_processors()


def _show(options: argparse.Namespace) -> int:
    from pipeline.tools.reference import show

    return show(options.word)


# ---- what they share ----------------------------------------------------------------------------------------------


def _run(work: Coroutine[Any, Any, int]) -> int:
    import asyncio

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _log(options: argparse.Namespace) -> None:
    from pipeline.log import set_up

    secrets = [value for name, value in os.environ.items() if name.endswith(("_TOKEN", "_KEY", "_SECRET", "_PASSWORD"))]
    set_up(options.log_level, as_json=options.log_json, secrets=secrets)


def _dialling(options: argparse.Namespace) -> Dialling:
    from pipeline.tools.dial import Dialling

    return Dialling(
        target=options.target,
        wavs=tuple(options.wav),
        say=tuple(options.say),
        script=options.script,
        out=options.out,
        as_json=options.json,
        changes=tuple(options.set),
        token=os.environ.get("TWILIO_AUTH_TOKEN"),
        limit=options.limit,
        stand_ins=options.stand_ins,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Phone agents as a YAML-declared chain of processors.",
        epilog="A verb's own options: run.py VERB --help",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    _add_serve(verbs)
    _add_call(verbs, "call", _call, "the phone: place one call to a config or to a running agent")
    _add_call(verbs, "demo", _demo, "place one call to a config, shown as it happens, and go on serving it")
    _add_replay(verbs)
    _add_reading(verbs)
    return parser


def _add_serve(verbs: Verbs) -> None:
    verb = verbs.add_parser("serve", help="check configs, then answer calls with them")
    verb.add_argument("config", nargs="+", help="a YAML file; of several, each answers its own `numbers`")
    verb.add_argument("--host", help="address to listen on (default: all with TWILIO_AUTH_TOKEN, loopback without)")
    verb.add_argument("--port", type=int, default=PORT, help="port to listen on (default: %(default)s)")
    _add_common(verb)
    verb.set_defaults(run=_serve)


def _add_call(verbs: Verbs, name: str, run: Any, text: str) -> None:
    verb = verbs.add_parser(name, help=text)
    verb.add_argument("target", help="a config (an agent is started for it), or an http(s):// or ws(s):// address")
    verb.add_argument("--wav", metavar="FILE", type=Path, action="append", default=[], help="speak this WAV file")
    verb.add_argument("--say", metavar="TEXT", nargs="+", default=[], help="speak these words, one reply after each")
    verb.add_argument("--script", metavar="FILE", type=Path, help="do what this YAML file says")
    verb.add_argument("--out", metavar="FILE", type=Path, help="write the call's sound to this WAV file")
    verb.add_argument("--json", action="store_true", help="print the result as JSON")
    verb.add_argument("--limit", metavar="S", type=float, default=120.0, help="seconds a call may take (%(default)s)")
    if name == "demo":
        verb.add_argument("--port", type=int, default=PORT, help="port to listen on (default: %(default)s)")
    _add_common(verb)
    verb.set_defaults(run=run)


def _add_replay(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "replay",
        help="recorded calls with a changed config, and what would differ",
        description="Play recorded calls again, in virtual time: providers answer as recorded, all else runs for real.",
        epilog="e.g. run.py replay calls/2026-11-22/CA… --set end_of_utterance.min_silence=0.8s",
    )
    verb.add_argument("call", nargs="+", type=Path, help="a call's folder, or a folder of them")
    verb.add_argument("--config", metavar="FILE", type=Path, help="replay with this config, not with each call's own")
    verb.add_argument("--set", metavar="A.B=C", action="append", default=[], help="change a setting, e.g. vad.rms=260")
    verb.add_argument("--wav", metavar="FILE", type=Path, help="write the call as it would have sounded")
    verb.add_argument("--json", action="store_true", help="print the result as JSON")
    verb.set_defaults(run=_replay)


def _add_reading(verbs: Verbs) -> None:
    check = verbs.add_parser("check", help="every fault of these configs, and nothing started")
    check.add_argument("path", nargs="+", help="a YAML file, or a folder of them")
    check.add_argument("--strict", action="store_true", help="let warnings fail, too")
    check.add_argument("--json", action="store_true", help="print the faults as JSON")
    check.set_defaults(run=_check)
    verbs.add_parser("list", help="the processors, a sentence each").set_defaults(run=_list)
    show = verbs.add_parser("show", help="one processor: what it takes, gives, and may be set")
    show.add_argument("word", help="as in YAML, e.g. vad.energy")
    show.set_defaults(run=_show)


def _add_common(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--set", metavar="A.B=C", action="append", default=[], help="change a setting, e.g. vad.rms=260")
    verb.add_argument(
        "--stand-ins", action="store_true", help="start stand-ins for the config's providers; no account is needed"
    )
    verb.add_argument("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    verb.add_argument("--log-json", action="store_true", help="log lines as JSON")
