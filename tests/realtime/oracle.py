"""Says whether a change was its sender's to make, by comparing whole documents.

It shares nothing with the gate: no decoder, no item table, no rules module. It applies what came
through to a document of its own and compares everything visible before and after. So it judges
only what was let through; what it calls foreign must never get there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc, Map

from realtime.peer import Member

ROOTS = ("meta", "agenda", "lines", "board", "annotations")
SERVERS = ("meta", "agenda", "lines", "board")
PARTS = {"author", "voice", "kind", "targets", "at", "wording", "thread"}
KINDS = {"problem", "cause", "consequence", "solution", "example", "memo"}
LONGEST = 4_000


@dataclass
class Oracle:
    """A full shadow document. wrote: who ever wrote in an annotation besides its author."""

    doc: Doc[Any] = field(default_factory=lambda: _empty(7_777_777))
    wrote: dict[str, set[str]] = field(default_factory=dict)

    def take(self, update: bytes) -> None:
        """Apply what the server wrote, or what is beyond doubt."""
        self.doc.apply_update(update)

    def judge(self, who: Member, update: bytes) -> list[str]:
        """Apply `update` of `who`; returns what in it was not theirs to do."""
        before, clocks = _content(self.doc), _clocks(self.doc)
        self.doc.apply_update(update)
        after = _content(self.doc)
        wrongs = [
            f"client {client} advanced"
            for client, clock in _clocks(self.doc).items()
            if clock != clocks.get(client, 0) and client not in who.clients
        ]
        wrongs += [f"{root} changed" for root in SERVERS if before[root] != after[root]]
        wrongs += [f"root {root} appeared" for root in self.doc if root not in ROOTS]
        if before["annotations"] != after["annotations"] and not who.may_annotate:
            wrongs.append("an observer wrote")
        wrongs += self._compare(who, before["annotations"], after["annotations"])
        return wrongs

    def _compare(
        self, who: Member, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> list[str]:
        wrongs: list[str] = []
        for name in before.keys() | after.keys():
            old, new = before.get(name), after.get(name)
            if old == new:
                continue
            if new is None:
                if old["author"] != who.person or self.wrote.get(name):
                    wrongs.append(f"{name} deleted")
                self.wrote.pop(name, None)
            elif old is None:
                wrongs += _malformed(name, new)
                if new.get("author") != who.person:
                    wrongs.append(f"{name} forged")
                if any(said["author"] != who.person for said in new.get("thread", {}).values()):
                    wrongs.append(f"reply in {name} forged")
            else:
                wrongs += self._changed(name, who, old, new)
        return wrongs

    def _changed(
        self, name: str, who: Member, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> list[str]:
        is_author = old["author"] == who.person
        wrongs = _malformed(name, new)
        for key in old.keys() | new.keys():
            if old.get(key) == new.get(key) or key == "thread":
                continue
            if key == "author":
                wrongs.append(f"{name} changed hands")
            elif key == "wording" and not is_author:
                if not _is_shortened(old["wording"], new["wording"]):
                    self.wrote.setdefault(name, set()).add(who.person)
                if not (old.get("opened") or new.get("opened")):
                    wrongs.append(f"wording of {name} changed")
            elif not is_author and not (key == "opened" and who.may_open):
                wrongs.append(f"{key} of {name} changed")
        threads = old.get("thread") or {}, new.get("thread") or {}
        wrongs += self._replies(name, who, is_author, *threads)
        return wrongs

    def _replies(
        self,
        name: str,
        who: Member,
        is_author: bool,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> list[str]:
        wrongs = []
        for reply in old.keys() | new.keys():
            said = [found for found in (old.get(reply), new.get(reply)) if found is not None]
            if old.get(reply) == new.get(reply):
                continue
            if any(found["author"] != who.person for found in said):
                wrongs.append(f"reply {reply} in {name} is another's")
            if not is_author:
                self.wrote.setdefault(name, set()).add(who.person)
        return wrongs


def _is_shortened(old: str, new: str) -> bool:
    """Whether letters were only taken away: then no words of others stand in it."""
    letters = iter(old)
    return all(letter in letters for letter in new)


def _malformed(name: str, note: Any) -> list[str]:
    if not isinstance(note, dict) or not note.keys() >= PARTS:
        return [f"{name} is not whole"]
    wrongs = []
    if note["kind"] not in KINDS:
        wrongs.append(f"kind of {name}")
    if not isinstance(note["targets"], list) or not 1 <= len(note["targets"]) <= 50:
        wrongs.append(f"targets of {name}")
    if not isinstance(note["wording"], str) or len(note["wording"]) > 2 * LONGEST:
        wrongs.append(f"wording of {name}")
    if note.keys() - PARTS - {"opened", "withdrawn"}:
        wrongs.append(f"unknown key in {name}")
    return wrongs


def _empty(client: int) -> Doc[Any]:
    doc: Doc[Any] = Doc(client_id=client)
    for root in ROOTS:
        doc.get(root, type=Map)
    return doc


def _content(doc: Doc[Any]) -> dict[str, Any]:
    return {root: doc.get(root, type=Map).to_py() or {} for root in ROOTS}


def _clocks(doc: Doc[Any]) -> dict[int, int]:
    """The state vector, read by hand."""
    data = iter(doc.get_state())

    def number() -> int:
        value = shift = 0
        for byte in data:
            value |= (byte & 127) << shift
            if byte < 128:
                break
            shift += 7
        return value

    return {number(): number() for _ in range(number())}
