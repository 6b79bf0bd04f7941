"""How often somebody may be wrong: failed attempts are counted by address and by what they aim at.

Only failures count, so that forty experts behind one address can come in during one minute.
Counts live in this process's memory and are forgotten at a restart.
"""

from collections.abc import Iterator

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from schemas.errors import Unavailable

PER_ADDRESS = (RateLimitItemPerMinute(10), RateLimitItemPerHour(100))
PER_TARGET = (RateLimitItemPerHour(50),)


class TooManyAttempts(Unavailable):
    """Too many failed attempts from one address or at one target; `seconds` says for how long."""


class Attempts:
    """Failed attempts of one kind: `login`, `code` or `link`."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, address: str, target: str = "") -> None:
        """Raise TooManyAttempts (`attempts.too_many`) if another attempt must wait."""
        for limit, *key in self._limits(address, target):
            if not self._limiter.test(limit, *key):
                raise TooManyAttempts("attempts.too_many", seconds=limit.get_expiry())

    def failed(self, address: str, target: str = "") -> None:
        """Count a failed attempt."""
        for limit, *key in self._limits(address, target):
            self._limiter.hit(limit, *key)

    def _limits(self, address: str, target: str) -> Iterator[tuple[RateLimitItem, str, str, str]]:
        for limit in PER_ADDRESS:
            yield limit, self._kind, "address", address
        for limit in PER_TARGET if target else ():
            yield limit, self._kind, "target", target
