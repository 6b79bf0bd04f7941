"""Days and moments as people read them: by the clock of the server's place, which is its studies' too.

A city's server stands in its city; where the machine keeps another zone, `TZ` says the city's. One
rule for pages, documents, exports of hits and the facet of months. Files that other programs read
say UTC and end in `Z` (domain/formats).
"""

from datetime import UTC, datetime, timedelta


def day(at: float | None) -> str:
    """Return the day of a moment, UTC seconds, as `2026-11-28`; "" for none."""
    return "" if at is None else f"{_local(at):%Y-%m-%d}"


def moment(at: float | None) -> str:
    """Return a moment as `2026-11-28 14:03`; "" for none."""
    return "" if at is None else f"{_local(at):%Y-%m-%d %H:%M}"


def moment_and_zone(at: float | None) -> str:
    """Return a moment for what is read elsewhere: `2026-11-28 14:03 (UTC+8)`; "" for none."""
    return "" if at is None else f"{moment(at)} ({zone(at)})"


def month(at: float) -> str:
    """Return year and month of a moment as `202611`."""
    return f"{_local(at):%Y%m}"


def zone(at: float | None = None) -> str:
    """Return how far the server's clock is from UTC at a moment, or now: `UTC+8`, `UTC-3:30`, `UTC`."""
    local = datetime.now(UTC).astimezone() if at is None else _local(at)
    offset = local.utcoffset() or timedelta()
    hours, minutes = divmod(round(abs(offset).total_seconds() / 60), 60)
    if not (hours or minutes):
        return "UTC"
    sign = "-" if offset < timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone()
