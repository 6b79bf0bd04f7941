"""Commands as the pages send them, over HTTP to a real server."""

import httpx2

from tests.bench.sync.people import Guest


def browser_of(guest: Guest, port: int) -> httpx2.AsyncClient:
    """Return a browser with the guest's login, for `async with`."""
    base = f"http://127.0.0.1:{port}"
    headers = {
        "Origin": base,
        "Cookie": f"colloquy_sid={guest.cookie}",
        "X-Colloquy-Token": guest.token,
    }
    return httpx2.AsyncClient(base_url=base, headers=headers, timeout=30)
