"""D9: an account that gives no more tokens in the middle of a call, over TLS, with Google's own library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.accounts import certificate, key_file, private_key

ROOT = Path(__file__).parents[4]


@pytest.mark.fault("D9")
def test_d9_an_account_without_tokens_in_mid_call(tmp_path: Path) -> None:
    """The stream that runs is not disturbed; the next turn is the spare's, an alarm says why, and nothing hangs."""
    key_file(tmp_path)
    (tmp_path / "root.pem").write_text(certificate())
    command = [sys.executable, "-m", "tests.kit.expiring", str(tmp_path)]
    environment = {**os.environ, "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(tmp_path / "root.pem"), "no_proxy": "*"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(done.stdout)
    assert found["heard"] == ["one two three", "the spare"]
    assert found["asked"][0] == 200 and set(found["asked"][1:]) == {500} and found["streams"] == 1
    assert [line for line in found["log"] if line.startswith("PROVIDER_ERR asr.google")]
    said, hint = found["refusal"]
    assert "internal_failure" in said and "new key file" in hint
    secret = ["canary", *(line for line in private_key().split("\n") if len(line) > 20)]
    assert not [each for each in secret if each in done.stdout + done.stderr]
    assert "Traceback" not in done.stderr
