"""Tokens: random ones for cookies and one-time links, derived ones for links that are shown again.

A seat card may be printed twice and must stay the same, yet only hashes of tokens are stored; so
its token is an HMAC of what it opens under the installation's own key, and its row is what makes
it valid: delete the row and the link is dead.
"""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

KEY_FILE = "links.key"
KEY_BYTES = 32


def new_token() -> str:
    """Return a fresh token: 32 random bytes, URL-safe."""
    return secrets.token_urlsafe(32)


def sha256(token: str) -> str:
    """Return what of a token is stored and looked up, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def derived_token(key: bytes, purpose: str, subject: str) -> str:
    """Return the token of a link that leads to `subject`; the same every time."""
    digest = hmac.new(key, f"{purpose}:{subject}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def installation_key(folder: Path) -> bytes:
    """Return the key of this installation, made when it is first asked for; readable by us alone.

    Raises OSError if the folder cannot be written.
    """
    path = folder / KEY_FILE
    try:
        return path.read_bytes()
    except FileNotFoundError:
        made = folder / f"{KEY_FILE}.{secrets.token_hex(4)}"
        descriptor = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        _keep_first(made, path)
        return path.read_bytes()


def _keep_first(made: Path, path: Path) -> None:
    """Put a complete key in place, unless another process was faster: then its key stays."""
    try:
        os.link(made, path)
    except FileExistsError:
        return
    finally:
        made.unlink()
