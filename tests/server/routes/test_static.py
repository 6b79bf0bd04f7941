"""Built files go out compressed where the browser takes that, and as they are where it does not."""

import gzip

from tests.server.house import House
from web.assets import Assets, static_dir


def test_a_script_is_sent_as_the_build_compressed_it(app: House) -> None:
    address = Assets.load().url("session.js")
    plain = (static_dir() / address.rsplit("/", 1)[1]).read_bytes()

    answer = app.browser().get(address, accept_encoding="gzip, deflate")

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "Accept-Encoding" in answer.headers["vary"]
    assert int(answer.headers["content-length"]) < len(plain) / 2
    assert answer.content == plain  # the client has unpacked it


def test_a_browser_that_takes_no_compression_gets_the_file_itself(app: House) -> None:
    address = Assets.load().url("site.css")

    answer = app.browser().get(address, accept_encoding="identity")

    assert "content-encoding" not in answer.headers
    assert answer.headers["content-type"].startswith("text/css")
    assert "Accept-Encoding" in answer.headers["vary"]


def test_a_range_is_of_the_file_itself(app: House) -> None:
    address = Assets.load().url("session.js")
    plain = (static_dir() / address.rsplit("/", 1)[1]).read_bytes()

    answer = app.browser().get(address, accept_encoding="gzip", range="bytes=0-9")

    assert answer.status_code == 206
    assert answer.content == plain[:10]


def test_what_is_beside_a_file_is_what_it_unpacks_to() -> None:
    for packed in static_dir().glob("*.gz"):
        assert gzip.decompress(packed.read_bytes()) == packed.with_suffix("").read_bytes()
