"""What tests share: a config from YAML text, the whole chain with stand-ins, a quiet log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from loguru import logger

from pipeline.config import Config, load
from tests.kit.chain import WHOLE
from tests.kit.configs import PLUGIN, Write
from tests.kit.invariants import Held, faults, is_watched, observe

settings.register_profile("untimed", deadline=None)  # a machine that is busy elsewhere is no fault
settings.load_profile("untimed")

SLOW = ("calls", "console/browser", "docs", "cli", "tools/go", "tools/storm", "tools/replay", "deploy", "server")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose tests take longest: one left to the end would be waited for alone."""
    tests = Path(__file__).parent
    slow = [tests / folder for folder in SLOW]
    items.sort(key=lambda item: not any(item.path.is_relative_to(folder) for folder in slow))


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test of a folder in which calls are run, nothing of it is left."""
    if not is_watched(request.path):
        yield
        return
    observe(request.node.nodeid.partition("::")[0])
    before = Held.now()
    yield
    found = faults(request.node.funcargs.get("tmp_path")) + before.left()
    assert not found, "\n".join(found)


@pytest.fixture(scope="session", autouse=True)
def no_env_file() -> Iterator[None]:
    """No test, and no command that one runs, reads the `.env` of a developer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAV_ENV_FILE", "")
        yield


@pytest.fixture(scope="session", autouse=True)
def no_colours() -> Iterator[None]:
    """The colours of a command that a test runs are decided by its streams, not by a developer's variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_COLOR", "FORCE_COLOR"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def quiet() -> None:
    """Nothing is logged but to whom a test adds."""
    logger.remove()


@pytest.fixture(scope="session", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What Kav remembers of a user is not in that user's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def log() -> Iterator[list[str]]:
    """The messages that are logged during a test, INFO and above."""
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(message.record["message"]), level="INFO")
    yield lines
    logger.remove(sink)


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Config]:
    """Write YAML text to a file and load it; keywords go to `load`."""

    def write(text: str, **changes: Any) -> Config:
        path = tmp_path / "test.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, **changes)

    return write


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Config]:
    """The whole chain: it hears `heard` and says `said`, a text an utterance, over and over.

    `changes` are fields of steps, `swap` puts steps in the place of others.
    """
    path = tmp_path_factory.mktemp("agent") / "agent.yaml"
    path.write_text(WHOLE, encoding="utf-8")

    def make(
        heard: Sequence[str] = ("hello",),
        said: Sequence[str] = ("Good morning.",),
        changes: dict[str, Any] | None = None,
        swap: dict[str, Any] | None = None,
    ) -> Config:
        fields = {"asr.say": list(heard), "llm.say": list(said), **(changes or {})}
        kept = {key: value for key, value in fields.items() if key.split(".")[0] not in (swap or {})}
        return load(path, swap=swap, set=kept)

    return make


@pytest.fixture
def dead_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has a proxy in its environment, which does not answer, and no exceptions."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy"):
        for each in (name, name.upper()):
            monkeypatch.setenv(each, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into a folder that is the current one; gives the first one's path."""
    monkeypatch.chdir(tmp_path)

    def files(text: str, **others: str) -> Path:
        for name, content in {"x": text, **others}.items():
            Path(f"{name}.yaml").write_text(content, encoding="utf-8")
        return Path("x.yaml")

    return files


@pytest.fixture(scope="session")
def thing(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The plug-in `gizmo.thing`, with a setting of each kind."""
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "gizmo").mkdir()
    (folder / "gizmo/thing.py").write_text(PLUGIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield
