"""From the log to a document in memory, and back to a snapshot; both in a worker thread."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from realtime.errors import Malformed
from realtime.log import StoredDoc
from realtime.protocol import read_state_vector
from realtime.replica import Replica
from realtime.table import Table
from schemas.annotation import Annotation
from schemas.errors import Unavailable
from schemas.ids import AnnotationId


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document as it was stored, ready to be worked in. seq: its last update. generation: its log's."""

    replica: Replica
    table: Table
    annotations: dict[AnnotationId, Annotation]
    seq: int
    incarnation: str
    generation: int


def new_client() -> int:
    """Return a client id as Yjs chooses them: 32 random bits."""
    return secrets.randbelow((1 << 32) - 1) + 1


def load(stored: StoredDoc, client: int) -> Loaded:
    """Build the document of `stored` with `client` as the server's id.

    Raises Unavailable (`room.load_failed`): a document that cannot be read is never taken for an
    empty one.
    """
    try:
        replica = Replica.replay(client, stored.snapshot, (row.payload for row in stored.updates))
        table = Table()
        table.bind(stored.clients)
        table.load(replica.encode())
    except (Malformed, ValueError) as error:
        raise Unavailable("room.load_failed") from error
    annotations = {}
    for annotation in table.notes():
        found = replica.annotation(annotation)
        if found is not None:
            annotations[annotation] = found
            table.settle(annotation, replica.state_of(annotation))
    seq = stored.updates[-1].seq if stored.updates else stored.snapshot_seq
    return Loaded(replica, table, annotations, seq, secrets.token_hex(8), stored.generation)


def compact(stored: StoredDoc) -> tuple[int, bytes]:
    """Return the last sequence of `stored` and the state then, as one update.

    Built from what is on disk, not from the live document, one update a transaction; the state
    is loaded once more and compared before it is returned. Raises Unavailable.
    """
    try:
        replica = Replica.replay(1, stored.snapshot, (row.payload for row in stored.updates))
        state = replica.encode()
        again = Replica.replay(2, state, ())
    except Malformed as error:
        raise Unavailable("room.load_failed") from error
    if _clocks(again) != _clocks(replica) or again.content() != replica.content():
        raise Unavailable("room.snapshot_differs")
    seq = stored.updates[-1].seq if stored.updates else stored.snapshot_seq
    return seq, state


def _clocks(replica: Replica) -> Mapping[int, int]:
    return read_state_vector(replica.state_vector())
