"""Accounts made for a test: a service account's key file, as Google's console gives it away."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@cache
def private_key() -> str:
    """An RSA key in PEM, the same one for all tests of a process."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def key_file(folder: Path, **changed: Any) -> Path:
    """Write a key file that Google's library takes; what is changed to None is left out."""
    content = {
        "type": "service_account",
        "project_id": "maximus",
        "private_key_id": "canary-id",
        "private_key": private_key(),
        "client_email": "agent@maximus.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
        **changed,
    }
    path = folder / "account.json"
    path.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))
    return path
