"""A foreign Yjs peer: y-py, driven by tests/server/routes/test_foreign_peers.py, in a process of its own.

y-py is unmaintained and aborts the whole process on what it cannot read; nothing but this script uses
it. The argument is JSON: server, session, token, client, person, count. Writes as every foreign peer
does, waits until there are `count` annotations, prints them all as JSON.
"""

import json
import sys

import y_py
from websockets.sync.client import connect

SYNC, STEP_1, STEP_2, UPDATE = 0, 0, 1, 2
NOTHING = bytes(2)


def uint(value: int) -> bytes:
    """Return lib0's variable-length form of `value`."""
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*groups, value))


def payload(message: bytes) -> bytes:
    """Return the bytes of a sync message after its two numbers and the length."""
    start = 2
    while message[start] > 0x7F:
        start += 1
    return message[start + 1 :]


def sync(kind: int, data: bytes) -> bytes:
    """Return a sync message."""
    return bytes((SYNC, kind)) + uint(len(data)) + data


def units(text: str) -> int:
    """Return the length of `text` as Yjs counts it."""
    return len(text.encode("utf-16-le")) // 2


def write(doc: y_py.YDoc, me: str) -> bytes:
    """Add an annotation, answer in another's thread, type and delete in its opened wording.

    Returns the update of it.
    """
    made: list[bytes] = []
    # kept: y-py calls an observer only while somebody holds its subscription
    watching = doc.observe_after_transaction(lambda event: made.append(event.get_update()))
    annotations = doc.get_map("annotations")
    note = {
        "author": me,
        "voice": {"name": me, "person": me, "unit": None},
        "kind": "cause",
        "targets": [{"line": "l1", "revision": 0, "start": 0, "end": None, "quote": "线 😀"}],
        "at": 1_700_000_000_000,
        "wording": y_py.YText("来自 y-py 的 👨‍👩‍👦 批注"),
        "thread": y_py.YMap({}),
    }
    with doc.begin_transaction() as transaction:
        annotations.set(transaction, f"n-{me}", y_py.YMap({}))
        for key, value in note.items():
            annotations[f"n-{me}"].set(transaction, key, value)
        opened = annotations["opened"]
        wording = opened["wording"]
        wording.delete(transaction, units(str(wording).partition("!")[0]))
        wording.insert(transaction, units(str(wording).partition("写")[0]) + 1, "🐍蛇")
        said = {"author": me, "text": "蟒蛇同意 ✅", "at": 1}
        opened["thread"].set(transaction, f"r-{me}", said)
    del watching
    [update] = [each for each in made if each != NOTHING]  # reading is a transaction, too
    return update


def main() -> None:
    """Come in, write, wait for the others."""
    asked = json.loads(sys.argv[1])
    doc = y_py.YDoc(asked["client"], "utf16")
    annotations = doc.get_map("annotations")
    url = f"{asked['server']}/{asked['session']}?client={asked['client']}"
    bearer = {"Authorization": f"Bearer {asked['token']}"}
    with connect(url, additional_headers=bearer, compression=None) as socket:
        socket.send(sync(STEP_1, y_py.encode_state_vector(doc)))
        while len(annotations) < asked["count"]:
            message = socket.recv(timeout=20)
            assert isinstance(message, bytes)
            if message[0] != SYNC:
                continue
            if message[1] == STEP_1:
                missing = y_py.encode_state_as_update(doc, payload(message))
                socket.send(sync(STEP_2, missing))
                continue
            y_py.apply_update(doc, payload(message))
            if message[1] == STEP_2 and f"n-{asked['person']}" not in annotations:
                socket.send(sync(UPDATE, write(doc, asked["person"])))
        sys.stdout.write(annotations.to_json())


if __name__ == "__main__":
    main()
