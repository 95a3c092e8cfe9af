"""The name `kav` in the repository."""

from __future__ import annotations

from importlib import import_module

import pytest

import kav
import pipeline


@pytest.mark.parametrize("name", ["frames", "tts", "testing", "config.yaml"])
def test_module_is_the_same(name: str) -> None:
    """A module under `kav` is the very module of the repository, whose spec keeps its name."""
    there = import_module(f"kav.{name}")
    assert there is import_module(f"pipeline.{name}")
    assert there.__spec__.name == f"pipeline.{name}"


def test_processors() -> None:
    """`kav.processors` is the folder of processors."""
    assert import_module("kav.processors.pacer") is import_module("processors.pacer")


def test_public_names() -> None:
    """Each public name of `pipeline` is one of `kav`."""
    assert all(getattr(kav, name) is getattr(pipeline, name) for name in kav.__all__)


def test_missing() -> None:
    """A module that does not exist is missing under the name that it was asked by, a name an AttributeError."""
    with pytest.raises(ModuleNotFoundError):
        import_module("kav.nothing")
    with pytest.raises(AttributeError):
        kav.nothing  # noqa: B018
