"""Processors of your own: found by file or by package, refused with the place of what is wrong."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import catalog
from pipeline.catalog import moved, spec
from pipeline.catalog.plugins import NotRun, Plugins
from pipeline.config import Config, load
from pipeline.faults import ConfigError
from pipeline.frames import ReplyText
from pipeline.testing import run
from pipeline.tools.show.reference import show
from tests.kit.chain import chain

SHOUT = """\
from __future__ import annotations

from typing import Annotated

from pipeline.frames import Interrupt, ReplyText
from pipeline.processor import Processor, on
from pipeline.settings import StepSettings, doc


class Shout(Processor):
    "Says everything louder."

    gives = (ReplyText,)
    holds = (ReplyText,)

    class Settings(StepSettings, frozen=True, kw_only=True):
        mark: Annotated[str, doc("What to put at the end.")] = "!"

    @on(ReplyText)
    def louder(self, frame: ReplyText) -> None:
        self.push(ReplyText(frame.turn, frame.text.upper() + self.settings.mark))
"""

CONFIG = chain("plugins: [shout.py]\n", tts=('shout: {mark: "?"}', "tts.tone"))


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """No module of a file outlives its test."""
    yield
    for name in [name for name in sys.modules if name.startswith("plugin_")]:
        del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a processor and a config that has it, from where the program runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shout.py").write_text(SHOUT)
    (tmp_path / "my.yaml").write_text(CONFIG)
    return tmp_path


def shout(config: Config) -> spec.Step:
    """The step that is one's own."""
    return next(step for step in config.steps if catalog.capability(step.word) == "shout")


def said(config: Config) -> list[object]:
    """What the step makes of two words."""
    step = shout(config)
    return [frame.text for frame in run(step.kind(step.settings), [ReplyText(1, "good morning")])]


def faults(text: str) -> list[str]:
    """What is wrong with a config of this text."""
    Path("my.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load("my.yaml")
    return [f"{it.line}:{it.column} {it.text} | {it.hint}" for it in caught.value.faults]


def test_a_file_beside_the_config_is_a_step(folder: Path) -> None:
    """Its word is its name, its settings are checked, and nothing is written beside it."""
    assert said(load("my.yaml")) == ["GOOD MORNING?"]
    assert {path.name for path in folder.iterdir()} == {"shout.py", "my.yaml"}
    assert faults(CONFIG.replace("mark:", "mrak:")) == [
        "8:13 `shout` has no setting `mrak` | did you mean `mark`?",
    ]


def test_a_files_path_is_its_word(folder: Path) -> None:
    """As it is for the processors of the house, and so it says what the step is for."""
    (folder / "asr").mkdir()
    (folder / "asr/mine.py").write_text((Path(spec.__file__).parents[2] / "processors/asr/script.py").read_text())
    text = CONFIG.replace("[shout.py]", "[./shout.py, asr/mine.py]").replace("asr.script", "asr.mine")
    Path("my.yaml").write_text(text)
    config = load("my.yaml")
    assert config.own == Plugins((), {"shout": folder / "shout.py", "asr.mine": folder / "asr/mine.py"})
    assert catalog.own_words(config.own) == ("asr.mine", "shout")
    assert [catalog.capability(step.word) for step in config.steps][3] == "asr"


@pytest.mark.fault("A6")
def test_a_file_that_is_not_allowed_does_not_run(folder: Path) -> None:
    """Only what `plugins` names is run."""
    (folder / "shout.py").write_text("raise SystemExit")
    (fault,) = faults(CONFIG.replace("plugins: [shout.py]\n", ""))
    assert fault.startswith("7:5 no processor `shout`")


@pytest.mark.fault("A6", "I-9")
@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("../out.py", "1:11 `../out.py` cannot be a word"),
        ("sub/../../out.py", "1:11 `sub/../../out.py` cannot be a word"),
        ("link.py", "1:11 `link.py` lies outside the config's folder"),
        ("/etc/out.py", "1:11 `/etc/out.py` cannot be a word"),
        ("gone.py", "1:11 there is no `gone.py`"),
        ("pacer.py", "1:11 `pacer` is the word of a built-in processor"),
        ("my-step.py", "1:11 `my-step.py` cannot be a word"),
        ("lib/steps", "1:11 `lib/steps` is neither a package nor a file of Python"),
        ("os.path", "1:11 `os.path` is neither a package nor a file of Python"),
        ("12", "1:11 `plugins[1]` wants text, got `12`"),
    ],
)
def test_no_file_outside_the_configs_folder_is_run(folder: Path, written: str, fault: str) -> None:
    """Not by a path that leaves it, nor by a link that does."""
    inside = folder / "inside"
    inside.mkdir()
    (folder / "out.py").write_text("raise SystemExit")
    (inside / "link.py").symlink_to(folder / "out.py")
    (inside / "my.yaml").write_text(CONFIG.replace("shout.py", written).replace("- shout", "- pacer"))
    with pytest.raises(ConfigError) as caught:
        load("inside/my.yaml")
    first = caught.value.faults[0]
    assert f"{first.line}:{first.column} {first.text}" == fault


BROKEN = [
    (SHOUT.replace("gives =", "gives = ("), "cannot be imported: SyntaxError: '(' was never closed", 13),
    (SHOUT.replace("@on(ReplyText)", "@on(ReplyTxt)"), "cannot be imported: NameError: name 'ReplyTxt'", 19),
    (SHOUT.replace("import Interrupt", "import Intrrupt"), "cannot be imported: ImportError: cannot import name", 5),
    (SHOUT.replace('"Says', '1 / 0\n    "Says'), "cannot be imported: ZeroDivisionError: division by zero", 11),
    (SHOUT + "class Odd(Exception): ...\nraise Odd('no key')\n", "cannot be imported: Odd: no key", 23),
    (SHOUT + "raise SystemExit(3)\n", "cannot be imported: SystemExit: 3", 22),
    ("import nothing_such\n" + SHOUT, "cannot be imported: SyntaxError: from __future__", 2),
    (SHOUT + "import nothing_such\n", "needs the package `nothing_such`, which is not installed", 22),
    (SHOUT + "class Two(Processor): ...\n", "is a module with 2 processors in it, not one", 0),
    ("x = 1\n", "is a module with no processor in it", 0),
    (SHOUT.replace("def louder", "async def louder"), "`louder` is `async def`, and a handler is `def`", 19),
    (SHOUT.replace("self, frame: ReplyText", "self"), "`louder` has to take `self` and a frame", 19),
    (SHOUT.replace("@on(ReplyText)", "@on(str)"), "`louder` is declared for `str`, which is no frame", 19),
    (SHOUT.replace("gives = (ReplyText,)", "gives = (ReplyText)"), "`gives` wants frames in brackets, with a comma", 0),
    (SHOUT.replace("gives =", "optional = (Interrupt)\n    gives ="), "`optional` wants frames in brackets", 0),
    (SHOUT.replace("gives =", "optional = (Interrupt,)\n    gives ="), "`optional` has `Interrupt`, for which", 0),
    (SHOUT.replace("holds = (ReplyText,)", "holds = (Interrupt,)"), "`holds` wants frames in brackets", 0),
    (SHOUT.replace("(StepSettings, frozen=True, kw_only=True)", ""), "`Settings` has to be a class that derives", 0),
    (
        SHOUT.replace("Annotated[str,", "Annotated[Txt,"),
        "`Settings` has an annotation that cannot be read: name 'Txt'",
        0,
    ),
    (SHOUT + "\n    def __init__(self):\n        super().__init__()\n", "`__init__` has to take `settings`", 23),
    (
        SHOUT.replace("@on(ReplyText)", "@on"),
        "TypeError: write `@on(…)` with a frame or a control",
        19,
    ),
    (
        SHOUT.replace("@on(ReplyText)", "@on()"),
        "TypeError: write `@on(…)` with a frame or a control",
        19,
    ),
    (SHOUT + "\n    async def begin(self): ...\n", "`begin` is `async def`, and has to be `def`", 23),
    (SHOUT + "\n    async def close(self): yield\n", "`close` is `async def`, and has to be `def`", 23),
    (SHOUT + "\n    def close(self, reason): ...\n", "`close` has to take `self`", 23),
    (SHOUT + "\n    def phrases(self): ...\n", "`phrases` has to have `@classmethod` above it", 23),
    (SHOUT + "\n    push = 3\n", "`push` has to be a method", 0),
    (
        SHOUT + "\n    @classmethod\n    async def share(cls, settings, phrases, language): yield\n",
        "`share` has to have `@asynccontextmanager` above it",
        23,
    ),
    (
        SHOUT.replace('str, doc("What to put at the end.")] = "!"', 'int, doc("N.")] = "!"'),
        "Expected `int`, got `str`",
        0,
    ),
    (
        SHOUT.replace('str, doc("What to put at the end.")] = "!"', 'int, doc("N.", 1, 9)] = 0'),
        "Expected `int` >= 1",
        0,
    ),
]


@pytest.mark.parametrize(("code", "text", "line"), BROKEN)
def test_what_is_wrong_with_it_is_said_with_its_line(folder: Path, code: str, text: str, line: int) -> None:
    """At the YAML line that names it, with the file's own line in the hint; never a traceback."""
    (folder / "shout.py").write_text(code)
    fault = next(it for it in faults(CONFIG) if it.startswith("8:5 "))
    assert fault.startswith("8:5 `shout` ") and text in fault
    assert fault.endswith(f"| see shout.py:{line}" if line else "| see shout.py")


MODEL = """\
from pipeline.llm import Dialogue

class Shout(Dialogue):
    HERE
"""


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("pass", "`answer` is missing, which each Dialogue has to have"),
        ("async def reply(self, history): yield ''", "`answer` is missing"),
        ("async def answer(self, history): return ''", "`answer` has to be an async generator"),
        ("def answer(self, history): yield ''", "`answer` has to be an async generator"),
        ("async def answer(self): yield ''", "`answer` has to take `self`, `history`"),
        ("async def after_call(self): ...", "`after_call` has to be `async def`, and to take `self` and a summary"),
        ("def answer(self, history): return self.other()", ""),
        ("async def answer(self, history, more=0): yield ''", ""),
    ],
)
def test_a_worker_is_checked_before_its_first_call(folder: Path, method: str, text: str) -> None:
    """A model without an answer, or one that cannot be streamed, would be silent for a whole call."""
    (folder / "shout.py").write_text(MODEL.replace("HERE", method))
    config = CONFIG.replace("- shout: {mark: '?'}", "- shout").replace("- llm.script", "# - llm.script")
    found = [it for it in faults(config.replace("- pacer", "- nothing")) if "`shout` cannot" in it]
    assert text in found[0] if text else not found


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("pass", True),
        ("return frame", True),
        ("self.last.append(frame)", True),
        ("self.push(frame)", False),
        ("self.later(1.0, lambda: self.push(frame))", False),
        ("self.pass_on(frame)", False),
        ("super().louder(frame)", False),
    ],
)
def test_a_frame_that_is_never_pushed_is_told(folder: Path, body: str, kept: bool) -> None:
    """As a warning at its step, with the handler's line, unless the class says that it holds the frame."""
    code = SHOUT[: SHOUT.index("        self.push")] + f"        {body}\n"
    for holds in (True, False):
        (folder / "shout.py").write_text(code if holds else code.replace("    holds = (ReplyText,)\n", ""))
        told = [it.text for it in load("my.yaml").warnings if "never pushes" in it.text]
        assert bool(told) == (kept and not holds)
        assert not told or told == ["`shout` takes ReplyText and passes nothing on: `louder` never pushes, shout.py:19"]


@pytest.mark.parametrize(
    ("old", "hint"),
    [
        ("from pipeline.processor import doc", "`doc` is now in kav.settings"),
        (
            "from pipeline.spec import Duration",
            "`pipeline.spec` is now kav.catalog; `Duration`, `Secret` and `FilePath` are in kav.settings",
        ),
        ("from pipeline.model import ModelSettings", "`pipeline.model` is now kav.llm"),
    ],
)
def test_a_name_that_has_moved_is_told_of_with_its_new_place(folder: Any, old: str, hint: str) -> None:
    """A plug-in of an earlier layout learns at its line where to import from."""
    (folder / "shout.py").write_text(SHOUT.replace("from pipeline.settings", f"{old}\nfrom pipeline.settings"))
    fault = next(it for it in faults(CONFIG) if it.startswith("8:5 "))
    assert fault == f"8:5 `shout` cannot be imported: it was written for another Kav | {hint}; see shout.py:7"


def test_what_has_moved_is_where_the_hint_says() -> None:
    """No hint leads to a module or a name that is not there."""
    for name, place in moved.NAMES.items():
        assert hasattr(importlib.import_module(place), name.rpartition(".")[2])
    for place in moved.MODULES.values():
        importlib.import_module(place.partition(";")[0])


def test_files_of_one_name_are_two(folder: Path) -> None:
    """Each config has the one that stands beside it."""
    other = folder / "other"
    other.mkdir()
    (other / "my.yaml").write_text(CONFIG)
    (other / "shout.py").write_text(SHOUT.replace("upper", "lower"))
    assert (said(load("my.yaml")), said(load("other/my.yaml"))) == (["GOOD MORNING?"], ["good morning?"])


def test_a_changed_file_is_another_config(folder: Path) -> None:
    """Its new content is used and shows in the hash; what was loaded before stays as it was."""
    before = load("my.yaml")
    (folder / "shout.py").write_text(SHOUT.replace("upper", "title"))
    after = load("my.yaml")
    assert before.hash != after.hash
    assert (said(before), said(after)) == (["GOOD MORNING?"], ["Good Morning?"])


def test_two_files_of_the_same_content_do_not_share_what_they_keep(folder: Path) -> None:
    """What one keeps at its top level, the other does not see."""
    (folder / "copy.py").write_text(SHOUT)
    Path("two.yaml").write_text(CONFIG.replace("shout.py", "copy.py").replace("- shout", "- copy"))
    kinds = [
        step.kind for name in ("my.yaml", "two.yaml") for step in load(name).steps if step.word in ("shout", "copy")
    ]
    assert kinds[0] is not kinds[1]


def test_the_files_that_a_config_was_read_from_are_known(folder: Path) -> None:
    """What it extends, what its settings name and its own processors; of a faulty one what is missing, too."""
    (folder / "text.wav").write_bytes(b"")
    Path("top.yaml").write_text("extends: my.yaml\nserver: {greeting_file: text.wav}\n")
    names = {"top.yaml", "my.yaml", "shout.py", "text.wav"}
    config = load("top.yaml")
    assert {path.name for path in config.files} == names
    assert all(stamp is not None for stamp in config.files.values())
    (folder / "text.wav").unlink()
    with pytest.raises(ConfigError) as caught:
        load("top.yaml")
    assert {path.name for path, stamp in caught.value.files.items() if stamp is None} == {"text.wav"}
    assert {path.name for path in caught.value.files} == names


def test_show_takes_a_file_or_a_module_of_ones_own(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names it needs no leave."""
    (folder / "lib").mkdir()
    (folder / "lib/shout.py").write_text(SHOUT)
    monkeypatch.syspath_prepend(folder)
    for name, word in (("shout.py", "shout"), ("lib/shout.py", "shout"), ("lib.shout", "lib.shout")):
        assert show(name) == 0
        text = capsys.readouterr().out
        assert text.startswith(f"{word}: Says everything louder.\n") and "What to put at the end." in text
    assert show("gone.py") == 1
    assert capsys.readouterr().out == "`gone` cannot be read: No such file or directory\n"
    del sys.modules["lib.shout"], sys.modules["lib"]


def test_the_words_of_a_package_are_found_without_importing_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module whose name begins with an underscore is none."""
    (folder / "lib/tts").mkdir(parents=True)
    for name in ("__init__", "shout", "_private", "tts/hum"):
        (folder / f"lib/{name}.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(folder)
    assert catalog.own_words(Plugins(("lib",))) == ("lib.shout", "lib.tts.hum")


def test_code_that_may_not_be_run_is_used_only_if_it_ran_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was run serves; once it has changed it does not, and neither does a package that is not imported."""
    path = folder / "shout.py"
    kind = catalog.find("shout", Plugins(files={"shout": path}))
    own = Plugins(("lib",), {"shout": path}, run_already=True)
    assert catalog.find("shout", own) is kind
    path.write_text(f"{SHOUT}\nraise SystemExit\n")
    (folder / "lib").mkdir()
    (folder / "lib/hum.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(folder)
    for word in ("shout", "lib.hum"):
        with pytest.raises(NotRun, match=word):
            catalog.find(word, own)
    assert catalog.find("pacer", own) is catalog.find("pacer")
