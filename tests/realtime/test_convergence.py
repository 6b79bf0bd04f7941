"""Honest people, a hostile one, and the oracle: what is honest stays, and all replicas are equal."""

import contextlib
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime.decode import cut, decode, encode
from realtime.errors import Malformed
from realtime.presence import Presence
from realtime.protocol import read
from realtime.replica import Replica
from realtime.varint import write_bytes
from tests.fuzz import gate as fuzz
from tests.realtime.people import Browser, member


def held_by(replica: Replica) -> dict[str, Any]:
    return {root: value for root, value in replica.content().items() if value}


BYTES = st.binary(max_size=300)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1 << 32))
def test_honest_and_hostile_people_in_one_room(seed: int) -> None:
    tally = fuzz.Tally()

    fuzz.play(random.Random(seed), tally)

    assert tally.wrongs == []


@settings(max_examples=300, deadline=None)
@given(BYTES)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for attempt in (lambda: decode(data, 100), lambda: read(data)):
        with contextlib.suppress(Malformed):
            attempt()
    with contextlib.suppress(Malformed):
        Presence().receive(member("alice", 1), data)


@settings(max_examples=100, deadline=None)
@given(TEXT, st.randoms(use_true_random=False))
def test_an_update_is_the_same_after_decoding_and_encoding(
    text: str, chance: random.Random
) -> None:
    browser = Browser(member("alice", 1))
    browser.add("a1", text)
    fuzz.type_in(chance, browser.wording("a1"))
    whole = browser.doc.get_update()

    update = decode(whole, 1_000)
    again = encode(update.structs, update.deletions)

    assert held_by(Replica.replay(2, None, [again])) == browser.content()


@settings(max_examples=100, deadline=None)
@given(TEXT, st.data())
def test_a_struct_cut_where_the_server_stands_completes_it(text: str, data: st.DataObject) -> None:
    browser = Browser(member("alice", 1))
    browser.add("a1", text)
    update = decode(browser.doc.get_update(), 1_000)
    found = next(struct for struct in update.structs if struct.value == text)
    borders = [len(text[:n].encode("utf-16-le")) // 2 for n in range(1, len(text))]
    if not borders:
        return
    offset = data.draw(st.sampled_from(borders))
    position = update.structs.index(found)
    half = text.encode("utf-16-le")[: 2 * offset].decode("utf-16-le")
    server = Replica.replay(2, None, [_until(update.structs, position, half)])
    server.attach()

    server.apply(encode([cut(found, offset), *update.structs[position + 1 :]], ()))

    assert held_by(server) == browser.content()
    server.close()


def _until(structs, position, half):  # type: ignore[no-untyped-def]
    """The update without what follows `half` of the text at `position`."""
    found = structs[position]
    head = found.raw[: len(found.raw) - len(write_bytes(found.value.encode()))]
    shorter = found._replace(raw=head + write_bytes(half.encode()))
    return encode([*structs[:position], shorter], ())


def test_a_cut_inside_a_character_is_refused() -> None:
    browser = Browser(member("alice", 1))
    browser.add("a1", "😀😀")
    update = decode(browser.doc.get_update(), 1_000)
    found = next(struct for struct in update.structs if struct.value == "😀😀")

    with pytest.raises(Malformed):
        cut(found, 1)
