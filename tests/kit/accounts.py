"""Accounts made for a test: a service account's key file, as Google's console gives it away."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key


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


def certificate() -> str:
    """A certificate of localhost, signed with the key itself, in PEM."""
    key = load_pem_private_key(private_key().encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
