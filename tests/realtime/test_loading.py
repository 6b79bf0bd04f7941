"""From the log to a snapshot: what many people wrote in any order is compared by what it is."""

from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Map

from realtime.loading import compact
from realtime.log import StoredDoc, UpdateRow
from realtime.replica import Replica

CLIENTS = st.lists(st.integers(2, 2**32 - 1), min_size=1, max_size=12, unique=True)


def written_by(client: int) -> bytes:
    """Return an update of one client, who wrote its name."""
    doc = Doc(client_id=client)
    doc.get("annotations", type=Map)[str(client)] = "written"
    return doc.get_update()


@given(CLIENTS)
def test_a_snapshot_holds_all_that_was_written_whoever_wrote_and_in_whatever_order(
    clients: list[int],
) -> None:
    rows = [UpdateRow("d", n, 0, "p", c, 0.0, written_by(c)) for n, c in enumerate(clients, 1)]

    seq, state = compact(StoredDoc(None, 0, rows, dict.fromkeys(clients, "p")))

    assert seq == len(rows)
    written = Replica.replay(1, state, ()).content()["annotations"]
    assert set(written) == {str(client) for client in clients}
