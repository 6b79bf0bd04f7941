"""Join codes: eight characters that survive being read aloud, copied by hand and typed on a phone.

Crockford's base32 (https://www.crockford.com/base32.html), without its check symbol: 40 bits,
shown as XXXX-XXXX. Only the hash of a normalised code is compared.
"""

import hashlib
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = str.maketrans("", "", " -\u2010\u2011\u2012\u2013\u2014\u2212_.\t\r\n\u3000")


def new_code() -> str:
    """Return a fresh code as it is shown: XXXX-XXXX."""
    return show("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def show(normalised: str) -> str:
    """Return a normalised code in two groups."""
    return f"{normalised[: LENGTH // 2]}-{normalised[LENGTH // 2 :]}"


def normalise(typed: str) -> str:
    """Return what was meant: any case, full-width letters, spaces and dashes; O is 0, I and L are 1.

    "" if that is not a code at all.
    """
    # A pasted page would cost time to fold; no code with its separators is that long.
    folded = unicodedata.normalize("NFKC", typed[:64]).upper()
    meant = folded.translate(_SEPARATORS).translate(_LOOKALIKES)
    usable = len(meant) == LENGTH and all(character in ALPHABET for character in meant)
    return meant if usable else ""


def code_sha256(typed: str) -> str:
    """Return the hash by which a code is stored and found, in hexadecimal; the same for `a` and `A`."""
    return hashlib.sha256(normalise(typed).encode()).hexdigest()
