"""Programs that some tests need and that do not come with Python's packages: proxies, a browser."""

from __future__ import annotations

import os
import shutil

import pytest


def program(*names: str, package: str) -> str:
    """Return the path of the first of these programs that is installed; without one the test is skipped.

    In CI, which installs Debian's `package` (see .ci/run), it fails instead: nothing is left out there unnoticed.
    """
    if found := next(filter(None, map(shutil.which, names)), None):
        return found
    if os.environ.get("CI"):
        pytest.fail(f"CI installs Debian's package {package}, but {' and '.join(names)} cannot be found")
    pytest.skip(f"needs Debian's package {package}")
