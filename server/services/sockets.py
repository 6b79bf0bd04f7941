"""Which sockets a login or a bearer token opened, so that they end with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Sockets:
    """Open sockets by credential: `login:` and the cookie's hash, or `peer:` and the token's id."""

    def __init__(self) -> None:
        self._open: dict[str, dict[object, Callable[[], None]]] = {}

    @contextmanager
    def held(self, credential: str, close: Callable[[], None]) -> Iterator[None]:
        """Remember a socket for as long as it is open; "" is a credential that does not end."""
        if not credential:
            yield
            return
        mark = object()
        self._open.setdefault(credential, {})[mark] = close
        try:
            yield
        finally:
            of_one = self._open.get(credential, {})
            of_one.pop(mark, None)
            if not of_one:
                self._open.pop(credential, None)

    def credentials(self) -> frozenset[str]:
        """Return what all open sockets were opened with."""
        return frozenset(self._open)

    def end(self, credential: str) -> None:
        """Close everything that `credential` opened."""
        for close in list(self._open.get(credential, {}).values()):
            close()


def of_login(token_sha256: str) -> str:
    """Return the credential of a login."""
    return f"login:{token_sha256}"


def of_peer(token_id: str) -> str:
    """Return the credential of a bearer token."""
    return f"peer:{token_id}"
