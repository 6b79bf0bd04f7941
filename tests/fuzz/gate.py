"""Throws honest, mutated and hostile updates at the gate and asks the oracle about each one taken.

`python -m tests.fuzz.gate 100000 [seed]`: that many honest updates and as many mutants or attacks.
Ends with 1 if anything foreign was taken, anything honest refused, pycrdt failed at what was let
through, or two replicas differ at the end.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc, Map, Text

from realtime import protocol
from realtime.errors import Malformed, Refused
from realtime.gate import Gate
from realtime.mirror import MirrorOp
from realtime.peer import Member
from realtime.replica import Replica
from realtime.table import Table
from schemas.session import Role
from tests.realtime.oracle import Oracle
from tests.realtime.people import Browser, content, copies, member, note

Forgery = Callable[[random.Random, Doc[Any]], None]

WORDS = ("数据", "😀", "data ", "流程不通", "é", "👩‍👩‍👧", "x")
ROUND = 150
"""Honest updates in one document before a new one is begun."""


@dataclass
class Tally:
    """What happened to how many, and everything that must not have."""

    counts: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)


class Court:
    """One document: the gate and replica of the server, and the oracle beside them."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.table = Table()
        self.gate = Gate(self.table)
        self.replica = Replica(1)
        self.replica.attach()
        self.oracle = Oracle()
        self.table.bind({1: ""})
        for n in range(1, 4):
            update = self.replica.write([MirrorOp(n, "lines", f"l{n}", {"text": f"第{n}行"})])
            self.table.record(update)
            self.oracle.take(update)

    def put(self, who: Member, update: bytes, *, live: bool = True) -> str:
        """Let `who` send `update`; returns "" or the code of its refusal."""
        self.table.bind(dict.fromkeys(who.clients, who.person))
        try:
            verdict = self.gate.check(who, update, live=live)
        except (Malformed, Refused) as error:
            return error.code
        for part in verdict.parts:
            try:
                self.replica.apply(part)
            except Malformed:
                self._wrong(who, "pycrdt failed at what was let through", update)
                verdict.undo.take_back()
                return "sync.malformed"
        for part in verdict.parts:
            for wrong in self.oracle.judge(who, part):
                self._wrong(who, wrong, update)
        for annotation in verdict.unsure:
            self.table.settle(annotation, self.replica.state_of(annotation))
        return ""

    def document(self) -> Doc[Any]:
        """A copy of what the server has."""
        copy: Doc[Any] = Doc()
        copy.apply_update(self.replica.encode())
        return copy

    def check_level(self) -> None:
        """The table, the replica and the oracle must agree on what there is."""
        if content(self.document()) != content(self.oracle.doc):
            self.tally.wrongs.append("replica and oracle differ")
        if dict(self.table.clocks()) != _clocks(self.replica.state_vector()):
            self.tally.wrongs.append("table and replica differ: something is pending")

    def _wrong(self, who: Member, what: str, update: bytes) -> None:
        self.tally.wrongs.append(f"{who.person}: {what}: {update.hex()}")


def main(count: int, seed: int) -> int:
    """Run and print; returns the exit status."""
    tally, began = Tally(), time.monotonic()
    chance = random.Random(seed)
    while tally.counts["honest"] < count or tally.counts["hostile"] < count:
        play(chance, tally)
    print(f"seed {seed}, {time.monotonic() - began:.0f} s")
    for name, number in sorted(tally.counts.items()):
        print(f"{number:>9} {name}")
    for wrong in tally.wrongs:
        print("WRONG", wrong)
    return 1 if tally.wrongs else 0


def play(chance: random.Random, tally: Tally) -> None:
    """One document from beginning to end, three honest people and Mallory."""
    court = Court(tally)
    people = [
        Browser(member("alice", 11)),
        Browser(member("bob", 12)),
        Browser(member("mo", 13, Role.MODERATOR)),
    ]
    mallory = member("mallory", 66)
    seen: list[bytes] = []
    for _ in range(ROUND):
        person = chance.choice(people)
        if chance.random() < 0.4:
            _hear(court, person)
        act(chance, person)
        if chance.random() < 0.7:
            _send(chance, court, person, seen)
        _attack(chance, court, mallory, seen)
    for person in people:
        _send(chance, court, person, seen)
    for person in people:
        _hear(court, person)
        if person.content() != content(court.document()):
            tally.wrongs.append(f"{person.member.person} ends elsewhere")
    court.check_level()
    court.replica.close()


def act(chance: random.Random, person: Browser) -> None:
    """One change that this person may make, whatever the others do meanwhile."""
    me = person.member.person
    names = list(person.annotations.keys())
    own = [name for name in names if person.annotations[name]["author"] == me]
    opened = [name for name in names if person.annotations[name].get("opened")]
    if not own or chance.random() < 0.25:
        person.add(f"{me}-{len(own)}-{chance.randrange(1 << 30)}", chance.choice(WORDS))
        return
    name = chance.choice(own)
    match chance.randrange(7):
        case 0:
            person.annotations[name]["kind"] = chance.choice(("cause", "memo", "example"))
        case 1:
            person.annotations[name]["opened"] = True
        case 2:
            person.annotations[name]["withdrawn"] = True
        case 3:
            person.reply(
                chance.choice(names), f"r-{me}-{chance.randrange(3)}", chance.choice(WORDS)
            )
        case 4 if person.member.may_open:
            person.annotations[chance.choice(names)]["opened"] = True
        case _:
            type_in(chance, person.wording(chance.choice(own + opened)))


def type_in(chance: random.Random, wording: Text) -> None:
    """Insert or delete whole characters; pycrdt counts UTF-8 bytes."""
    text = str(wording)
    at = chance.randrange(len(text) + 1)
    start = len(text[:at].encode())
    if at < len(text) and chance.random() < 0.4:
        del wording[start : start + len(text[at].encode())]
    elif len(text) < 200:
        wording.insert(start, chance.choice(WORDS))


def _send(chance: random.Random, court: Court, person: Browser, seen: list[bytes]) -> None:
    frames, person.journal = person.journal, []
    if len(frames) > 3 and chance.random() < 0.3:  # as one answer to step 1
        court.tally.counts["honest"] += len(frames)
        _put(chance, court, person, person.doc.get_update(), live=False)
        return
    for frame in frames:
        seen.append(frame)
        court.tally.counts["honest"] += 1
        if not _put(chance, court, person, frame):
            return
        if chance.random() < 0.1:
            _put(chance, court, person, frame)


def _put(
    chance: random.Random, court: Court, person: Browser, update: bytes, *, live: bool = True
) -> bool:
    """Send what is honest. Refused may be words for what was deleted or closed meanwhile."""
    code = court.put(person.member, update, live=live)
    if code in ("gate.gone", "gate.closed"):
        court.tally.counts["honest: too late, the page starts over"] += 1
        person.start_over(chance.randrange(1_000, 1 << 32))
        _hear(court, person)
    elif code:
        court.tally.wrongs.append(f"honest {person.member.person} refused: {code}")
    return not code


def _hear(court: Court, person: Browser) -> None:
    person._receiving = True
    person.doc.apply_update(court.replica.since(person.doc.get_state()))
    person._receiving = False


def _attack(chance: random.Random, court: Court, mallory: Member, seen: list[bytes]) -> None:
    live = chance.random() < 0.7
    if seen and chance.random() < 0.6:
        update = mutated(chance, chance.choice(seen))
    else:
        update = forged(chance, court.document(), mallory)
    code = court.put(mallory, update, live=live)
    court.tally.counts["hostile"] += 1
    court.tally.counts[f"hostile: {code or 'taken, nothing foreign in it'}"] += 1


def mutated(chance: random.Random, update: bytes) -> bytes:
    """`update` with some bytes changed, cut, added or taken away."""
    data = bytearray(update)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data)) if data else 0
        match chance.randrange(6):
            case 0 if data:
                data[at] = chance.randrange(256)
            case 1 if data:
                data[at] ^= 1 << chance.randrange(8)
            case 2:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 6)))
            case 3:
                del data[at : at + chance.randint(1, 4)]
            case 4:
                # the id of a client of the attacker's own
                found = data.find(bytes((chance.choice((11, 12, 13)),)))
                if found >= 0:
                    data[found] = 66
            case _:
                data = data[: at + 1]
    return bytes(data)


def forged(chance: random.Random, document: Doc[Any], mallory: Member) -> bytes:
    """What a page under Mallory's control sends: anything that pycrdt can write."""
    own = min(mallory.clients)
    client = own if chance.random() < 0.8 else chance.choice((1, 11, 12, 13))
    return forgery(chance, document, client, chance.choices(FORGERIES, k=chance.randint(1, 3)))


def forgery(
    chance: random.Random, document: Doc[Any], client: int, forgeries: Iterable[Forgery]
) -> bytes:
    """The update of these forgeries in a copy of `document`, written under `client`."""
    doc = copies(document, client)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    with doc.transaction():
        for change in forgeries:
            change(chance, doc)
    doc.unobserve(subscription)
    with doc.transaction():
        pass
    return updates[0] if updates else b"\x00\x00"


def _names(doc: Doc[Any]) -> list[str]:
    return list(doc.get("annotations", type=Map).keys()) or ["none"]


def _add(chance: random.Random, doc: Doc[Any]) -> None:
    author = chance.choice(("mallory", "mallory", "alice"))
    doc.get("annotations", type=Map)[f"m{chance.randrange(50)}"] = note(author, "恶意")


def _overwrite(chance: random.Random, doc: Doc[Any]) -> None:
    doc.get("annotations", type=Map)[chance.choice(_names(doc))] = note("mallory", "mine now")


def _delete(chance: random.Random, doc: Doc[Any]) -> None:
    doc.get("annotations", type=Map).pop(chance.choice(_names(doc)), None)


def _set(chance: random.Random, doc: Doc[Any]) -> None:
    found = doc.get("annotations", type=Map).get(chance.choice(_names(doc)))
    if isinstance(found, Map):
        key = chance.choice(("author", "kind", "opened", "withdrawn", "at", "thread", "new"))
        found[key] = chance.choice(("mallory", "cause", True, 5, None, [1]))


def _unset(chance: random.Random, doc: Doc[Any]) -> None:
    found = doc.get("annotations", type=Map).get(chance.choice(_names(doc)))
    if isinstance(found, Map):
        found.pop(chance.choice(("author", "kind", "opened", "wording", "thread")), None)


def _type(chance: random.Random, doc: Doc[Any]) -> None:
    found = doc.get("annotations", type=Map).get(chance.choice(_names(doc)))
    if isinstance(found, Map) and isinstance(found.get("wording"), Text):
        type_in(chance, found["wording"])


def _reply(chance: random.Random, doc: Doc[Any]) -> None:
    found = doc.get("annotations", type=Map).get(chance.choice(_names(doc)))
    if isinstance(found, Map) and isinstance(found.get("thread"), Map):
        # ids are random: nobody can take another's before it is known
        replies = [*found["thread"].keys(), f"r-mallory-{chance.randrange(3)}"]
        author = chance.choice(("mallory", "alice"))
        found["thread"][chance.choice(replies)] = {"author": author, "text": "x", "at": 1}


def _server(chance: random.Random, doc: Doc[Any]) -> None:
    root = doc.get(chance.choice(("lines", "board", "meta", "agenda")), type=Map)
    if chance.random() < 0.5:
        root["l1"] = "forged"
    else:
        root.pop("l1", None)


FORGERIES: tuple[Forgery, ...] = (
    _add,
    _overwrite,
    _delete,
    _set,
    _unset,
    _type,
    _reply,
    _server,
)


def _clocks(state_vector: bytes) -> dict[int, int]:
    step = protocol.read(protocol.step1(state_vector))
    assert isinstance(step, protocol.Step1)
    return dict(step.state_vector)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns()))
