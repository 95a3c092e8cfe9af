"""The contract of models that can be asked in writing: one text in, one text out, with no caller who waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

Ask = Callable[[str], Awaitable[str]]  # raises ProviderError and TimeoutError


class Writes(Protocol):
    """A dialogue step whose model can be asked in writing; `imports` are its slow libraries."""

    imports: tuple[str, ...]

    @classmethod
    def writing(cls, settings: Any) -> AbstractAsyncContextManager[Ask]:
        """Open the model of these settings for questions in writing; an answer should be one JSON object."""


def writes(kind: type[Any]) -> bool:
    """True if a step's class has a model that can be asked in writing."""
    return hasattr(kind, "writing")
