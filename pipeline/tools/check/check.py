"""`check`: report every fault of configs without starting them; online, ask each provider once."""

from __future__ import annotations

import glob
import sys
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Sequence as Some
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipeline.config import Config
from pipeline.config.findings import Findings
from pipeline.config.loading import TESTS, read
from pipeline.config.reading import Reader
from pipeline.config.several_configs import clash
from pipeline.config.shipped import given
from pipeline.config.values import nearest_file
from pipeline.config.yaml.nodes import Node, Sequence
from pipeline.config.yaml.tree import read_file
from pipeline.environment.variables import AUTH_TOKEN, PUBLIC_BASE_URL, PUBLIC_HOST, notes, process_environment
from pipeline.environment.variables import read as read_variable
from pipeline.faults import Fault, Place, UsageError, render, source_line
from pipeline.server.options import faults as server_faults
from pipeline.terminal.paint import GREEN, RED, YELLOW, Paint, paint_on

if TYPE_CHECKING:
    from pipeline.tools.check.online import ProbeResult


def check(
    paths: Some[str | Path],
    strict: bool = False,
    as_json: bool = False,
    ask: Callable[[Some[Config]], list[ProbeResult]] | None = None,
    env: Mapping[str, str] | None = None,
    together: bool = False,
) -> int:
    """Print every fault of these files, of the configs in these folders, and of the files that a pattern matches.

    `strict` makes warnings fail, too. As JSON a fault has `file`, `line` and `column` (from 1; 0: the file as a whole),
    `width` (characters), `severity` (error or warning), `text` and `hint`. `together` adds conflicts that keep these
    configs from sharing a server. Without a fault, `ask` asks the providers, and one that would not serve fails the
    check. Returns the exit code. Raises UsageError without a path.
    """
    env, findings = process_environment() if env is None else env, Findings()
    files = list(dict.fromkeys(configs(paths, findings)))
    loaded = [config for path in files if (config := _look(path, findings, env)) is not None]
    _judge(env, findings)
    if together:
        clash(loaded, findings)
    faults, warnings = sorted(set(findings.faults)), sorted(set(findings.warnings))
    if not as_json:
        paint = paint_on(sys.stdout)
        print(_as_text(faults, warnings, findings.lines, _looked(files, loaded), paint), flush=True)
    answers = ask(loaded) if ask and not faults else []
    if as_json:
        print(_as_json(faults + warnings, len(files), answers if ask else None))
    elif answers:
        print(*(answer.painted(paint_on(sys.stdout)) for answer in answers), sep="\n")
    return 1 if faults or (strict and warnings) or not all(answer.ok for answer in answers) else 0


def configs(paths: Some[str | Path], findings: Findings) -> Iterator[Path]:
    """Yield the files that these paths name: of a folder, every YAML file below it; of a pattern, every match.

    A path that names no file is noted as a fault. Raises UsageError without a path.
    """
    if not paths:
        raise UsageError("check what? name a config, or a folder of them")
    for path in given(paths, findings):
        if path.is_dir():
            yield from _inside(path, findings)
        elif path.exists() or not glob.has_magic(str(path)):
            yield from _one(path, findings)
        else:
            found = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 - a pattern may begin anywhere
            if not found:
                findings.fault(Place(str(path)), "no file matches")
            yield from (Path(each) for each in found if not Path(each).is_dir())


def _one(path: Path, findings: Findings) -> Iterator[Path]:
    if path.exists() or path.is_symlink():
        yield path
        return
    folder = path.parent
    if not folder.is_dir():
        findings.fault(Place(str(path)), f"there is no folder {folder}")
        return
    near = nearest_file(path)
    findings.fault(Place(str(path)), "no such file", f"did you mean `{folder / near}`?" if near else "")


def _inside(folder: Path, findings: Findings) -> Iterator[Path]:
    inside = [each for each in sorted(folder.rglob("*")) if each.suffix in (".yaml", ".yml") and each.is_file()]
    if not inside:
        findings.fault(Place(str(folder)), "has no config in it", "a config's name ends in .yaml or .yml")
    yield from inside


def _look(path: Path, findings: Findings, env: Mapping[str, str]) -> Config | None:
    """Read a config, test file or caller's script and note its faults; return a config that can be used, else None."""
    own, config = Findings(), None
    root = read_file(path, str(path), own)
    if root is not None and path.name.endswith(TESTS):
        from pipeline.tools.configtest import reading  # costly to import, and few folders have tests

        reading.read(root, path, own)
    elif isinstance(root, Sequence):  # a caller's script, for `call`
        from pipeline.phone import script  # costly to import, and rarely needed

        script.read_top(root, Reader(own, env, path.parent))
    elif root is not None:
        config = judged(path, root, own, env)
    findings.faults += own.faults
    findings.warnings += own.warnings
    findings.lines |= own.lines
    return config


def judged(
    path: Path,
    root: Node,
    findings: Findings,
    env: Mapping[str, str],
    changes: Some[str] = (),
    run_plugins: bool = True,
) -> Config | None:
    """Note every fault of a config, and of its own caller; return the config if it can be used, else None.

    `root` is the tree of its text, whether that is in the file or not yet. `changes` are as `--set` has them. Without
    `run_plugins`, plug-ins that this process has not run yet stay unjudged, with a warning.
    """
    config = read(path, findings, env=env, set=changes, root=root, run_plugins=run_plugins)
    if config is not None and config.caller is not None:
        _listen(config, Path(config.caller), findings, env)
    return config


def _listen(config: Config, caller: Path, findings: Findings, env: Mapping[str, str]) -> None:
    """Warn of each text of the config's own caller that is outside its recogniser's vocabulary."""
    from pipeline.phone import script  # costly to import, and few configs have a caller
    from pipeline.tools.call.hearing import vocabulary

    found, own = vocabulary(config), Findings()  # faults of the caller's file are its own: it is checked by its name
    if found is None or found[1].fixed or (root := read_file(caller, str(caller), own)) is None:
        return
    for action in script.read(root, Reader(own, env, caller.parent)):
        for text in script.words([action]):
            if doubt := found[1].doubt(text):
                findings.warn(action.at, f"`{found[0]}` will not hear this: {doubt}")
    findings.lines |= own.lines


def _judge(env: Mapping[str, str], findings: Findings) -> None:
    """Note the faults of the variables that the server reads, and warn of doubtful values."""
    for name, text in server_faults(env):
        findings.fault(Place(name), text.removeprefix(f"{name} "))
    if read_variable(AUTH_TOKEN, env) and not read_variable(PUBLIC_BASE_URL, env):
        findings.warn(Place(AUTH_TOKEN.name), "needs PUBLIC_BASE_URL, without which `serve` does not start")
    if read_variable(PUBLIC_BASE_URL, env) and not read_variable(AUTH_TOKEN, env):
        text = "needs TWILIO_AUTH_TOKEN, without which `serve` starts only with --unsigned"
        findings.warn(Place(PUBLIC_BASE_URL.name), text)
    if read_variable(PUBLIC_HOST, env):
        findings.warn(Place("PUBLIC_HOST"), "is ignored: public addresses come from PUBLIC_BASE_URL alone", "unset it")
    for name, text in notes(env):
        findings.warn(Place(name), text)


def _as_text(
    faults: Some[Fault], warnings: Some[Fault], lines: Mapping[str, Some[str]], looked: str, paint: Paint
) -> str:
    shown = [render(fault, source_line(fault, lines), paint) for fault in (*faults, *warnings)]
    counts = [_count(len(kind), name) for kind, name in ((faults, "fault"), (warnings, "warning")) if kind]
    verdict = paint(" and ".join(counts) or "all clean", RED if faults else YELLOW if warnings else GREEN)
    return "\n".join([*shown, f"{looked}, {verdict}"])


def _looked(files: Some[Path], loaded: Some[Config]) -> str:
    """Return the count of the files, and that of the tools if there are any."""
    tools = sum(len(item.names) for config in loaded for item in config.tools)
    return ", ".join([_count(len(files), "file"), *([_count(tools, "tool")] if tools else [])])


def _as_json(faults: Some[Fault], files: int, answers: Some[ProbeResult] | None) -> str:
    found = {"files": files, "faults": faults} | ({} if answers is None else {"providers": answers})
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
