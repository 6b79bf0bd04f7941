"""Honest and hostile people in one real room, in every order that hypothesis thinks of.

The oracle judges each change that the room took. A model of its own, made of what the honest ones
meant, says what must stand when everybody has come back.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pycrdt import Doc, Map

from realtime import protocol
from realtime.log import MemoryLog
from realtime.mirror import MemoryMirror
from realtime.rooms import Rooms
from schemas.ids import StudyId
from schemas.session import Role
from tests.fuzz.gate import FORGERIES, WORDS, Forgery, forgery, mutated, type_in
from tests.journeys.crashing import content_hash
from tests.realtime.conftest import SESSION
from tests.realtime.oracle import Oracle
from tests.realtime.people import Browser, FakePeer, member, note

TOO_LATE = {"gate.gone", "gate.closed", "gate.foreign"}
"""What an honest edit may be told where another's came first: its page starts over."""
CHANCE = st.integers(0, 1 << 32).map(random.Random)
WHO = st.integers(0, 2)


@dataclass
class Meant:
    """What one frame was to do: the whole wording of a note of one's own, or that it goes.

    shared: others may write in it from now on, so that its wording is nobody's alone.
    """

    note: str = ""
    wording: str | None = None
    shared: bool = False
    late: bool = False


@dataclass
class Seat:
    """An honest person: the browser, and what each waiting frame of its journal means."""

    browser: Browser
    meant: list[Meant] = field(default_factory=list)

    @property
    def me(self) -> str:
        return str(self.browser.member.person)

    def own(self) -> list[str]:
        notes = self.browser.annotations
        return [name for name in sorted(notes.keys()) if notes[name]["author"] == self.me]

    def opened(self) -> list[str]:
        notes = self.browser.annotations
        return [name for name in sorted(notes.keys()) if notes[name].get("opened")]


class People(RuleBasedStateMachine):
    """Alice, Bob, a moderator and Mallory."""

    def __init__(self) -> None:
        super().__init__()
        self.mirror = MemoryMirror(StudyId("study"))
        self.mirror.put(SESSION, "lines", "l1", {"text": "大家好", "at": 1})
        self.entering = start_blocking_portal()
        self.portal = self.entering.__enter__()
        self.living = self.portal.wrap_async_context_manager(Rooms(MemoryLog(), self.mirror))
        self.room = self.portal.call(self.living.__enter__().open, SESSION)
        self.oracle = Oracle()
        self.oracle.take(self.room.encode())
        self.seats = [
            Seat(Browser(who))
            for who in (member("alice", 11), member("bob", 12), member("mo", 13, Role.MODERATOR))
        ]
        self.mallory = member("mallory", 66)
        self.seen: list[bytes] = []
        self.standing: dict[str, str] = {}
        self.shared: set[str] = set()
        self.clients = iter(range(1_000, 1 << 31))
        self.wrongs: list[str] = []
        for seat in self.seats:
            self.portal.call(seat.browser.join, self.room)

    # Honest.

    @rule(who=WHO, word=st.sampled_from(WORDS))
    def adds(self, who: int, word: str) -> None:
        seat = self.seats[who]
        name = f"{seat.me}-{next(self.clients)}"
        self._act(seat, Meant(name, word), lambda: seat.browser.add(name, word))

    @rule(who=WHO, chance=CHANCE)
    def types(self, who: int, chance: random.Random) -> None:
        seat = self.seats[who]
        if names := sorted({*seat.own(), *seat.opened()}):
            name = chance.choice(names)
            wording = seat.browser.wording(name)
            is_own = name in seat.own()
            self._act(seat, Meant(name if is_own else ""), lambda: type_in(chance, wording))

    @rule(who=WHO, chance=CHANCE, opened=st.booleans())
    def opens_or_closes(self, who: int, chance: random.Random, opened: bool) -> None:
        seat = self.seats[who]
        notes = seat.browser.annotations
        names = sorted(notes.keys()) if seat.browser.member.may_open else seat.own()
        if names:
            name = chance.choice(names)
            change = (
                (lambda: notes[name].update({"opened": True}))
                if opened
                else (lambda: notes[name].pop("opened", None))
            )
            self._act(seat, Meant(name, shared=True), change)

    @rule(who=WHO, chance=CHANCE, word=st.sampled_from(WORDS))
    def replies(self, who: int, chance: random.Random, word: str) -> None:
        seat = self.seats[who]
        if names := sorted(seat.browser.annotations.keys()):
            name, reply = chance.choice(names), f"r-{next(self.clients)}"
            self._act(seat, Meant(), lambda: seat.browser.reply(name, reply, word))

    @rule(who=WHO, chance=CHANCE)
    def deletes(self, who: int, chance: random.Random) -> None:
        seat = self.seats[who]
        notes = seat.browser.annotations
        alone = [n for n in seat.own() if not notes[n]["thread"].keys() and n not in self.shared]
        if alone:
            name = chance.choice(alone)
            self._act(seat, Meant(name, late=True), lambda: notes.pop(name))

    @rule(who=WHO)
    def sends(self, who: int) -> None:
        self._send(self.seats[who])

    @rule(who=WHO)
    def hears(self, who: int) -> None:
        browser = self.seats[who].browser
        if browser.room is not None:
            self.portal.call(self._level, browser)

    @rule(who=WHO)
    def goes_offline(self, who: int) -> None:
        browser = self.seats[who].browser
        if browser.room is not None:
            self.portal.call(browser.leave)

    @rule(who=WHO)
    def returns(self, who: int) -> None:
        self._return(self.seats[who])

    @rule(who=WHO)
    def reloads(self, who: int) -> None:
        """The page begins again under a new id and takes its unsent edits out of the journal."""
        browser = self.seats[who].browser
        waiting = list(browser.journal)
        self._start_over(self.seats[who])
        browser._receiving = True
        for update in waiting:
            browser.doc.apply_update(update)
        browser._receiving = False
        browser.journal = waiting

    @rule(word=st.sampled_from(WORDS))
    def somebody_speaks(self, word: str) -> None:
        self.mirror.put(SESSION, "lines", f"l{next(self.clients)}", {"text": word, "at": 1})
        self.portal.call(self.room.apply_mirror)
        self.oracle.take(self.room.encode())

    # Hostile.

    @rule(chance=CHANCE, live=st.booleans(), what=st.sampled_from(FORGERIES))
    def forges(self, chance: random.Random, live: bool, what: Forgery) -> None:
        self._attack(forgery(chance, self._copy(), 66, [what]), live)

    @rule(chance=CHANCE, live=st.booleans(), client=st.sampled_from((1, 11, 12, 13)))
    def adds_as_somebody_else(self, chance: random.Random, live: bool, client: int) -> None:
        """Nothing is wrong in it but whose client id it advances."""
        name = f"mallory-{next(self.clients)}"

        def add(_: random.Random, doc: Doc[Any]) -> None:
            doc.get("annotations", type=Map)[name] = note("mallory", "恶意")

        self._attack(forgery(chance, self._copy(), client, [add]), live)

    @precondition(lambda self: self.seen)
    @rule(chance=CHANCE, live=st.booleans())
    def mutates(self, chance: random.Random, live: bool) -> None:
        self._attack(mutated(chance, chance.choice(self.seen)), live)

    @precondition(lambda self: self.seen)
    @rule(chance=CHANCE, live=st.booleans())
    def replays(self, chance: random.Random, live: bool) -> None:
        self._attack(chance.choice(self.seen), live)

    # What must hold.

    @invariant()
    def nothing_foreign_was_taken(self) -> None:
        assert self.wrongs == []

    def teardown(self) -> None:
        """Everybody comes back: all are equal, and what was meant stands."""
        try:
            for seat in self.seats:
                self._return(seat)
            for seat in self.seats:
                self.portal.call(self._level, seat.browser)
            self.nothing_foreign_was_taken()
            whole: Doc[Any] = Doc()
            whole.apply_update(self.room.encode())
            docs = [whole, self.oracle.doc, *(seat.browser.doc for seat in self.seats)]
            assert len({content_hash(doc) for doc in docs}) == 1
            self._check_meant(whole)
        finally:
            self.living.__exit__(None, None, None)
            self.entering.__exit__(None, None, None)

    def _check_meant(self, whole: Doc[Any]) -> None:
        notes = self.seats[0].browser.annotations.to_py() or {}
        honest = {name: note for name, note in notes.items() if note["author"] != "mallory"}
        assert honest.keys() == self.standing.keys()
        for name, wording in self.standing.items():
            if name not in self.shared:
                assert honest[name]["wording"] == wording, name

    # How they do it.

    def _copy(self) -> Doc[Any]:
        doc: Doc[Any] = Doc()
        doc.apply_update(self.room.encode())
        return doc

    def _act(self, seat: Seat, meant: Meant, change: Callable[[], object]) -> None:
        before = len(seat.browser.journal)
        with seat.browser.doc.transaction():
            change()
        if len(seat.browser.journal) == before:
            return  # nothing to delete, or too long already
        if meant.note and not meant.late and meant.note in seat.browser.annotations:
            meant.wording = str(seat.browser.wording(meant.note))
        seat.meant.append(meant)

    def _send(self, seat: Seat) -> None:
        """Send the journal, one frame after the other, until one comes too late."""
        browser = seat.browser
        while browser.journal and browser.room is not None:
            update, meant = browser.journal.pop(0), seat.meant.pop(0)
            self.seen.append(update)
            before = len(browser.refused)
            self.portal.call(browser.send, update)
            self._judge(seat.browser, update)
            self.portal.call(browser.hear)
            if len(browser.refused) == before:
                self._count(meant)
                continue
            code = browser.refused[-1][1]
            if code not in TOO_LATE:
                self.wrongs.append(f"honest {seat.me} refused: {code}")
            if code == "gate.foreign" and not (meant.late or not meant.note):
                self.wrongs.append(f"{seat.me} may not change their own {meant.note}")
            seat.meant.clear()
            self._start_over(seat)

    def _count(self, meant: Meant) -> None:
        if meant.late:
            self.standing.pop(meant.note, None)
        elif meant.note:
            if not meant.shared or meant.note in self.standing:
                self.standing[meant.note] = meant.wording or ""
            if meant.shared:
                self.shared.add(meant.note)

    def _judge(self, browser: Browser, update: bytes) -> None:
        for wrong in self.oracle.judge(browser.member, self.room.encode()):
            self.wrongs.append(f"{browser.member.person}: {wrong}: {update.hex()}")

    def _attack(self, update: bytes, live: bool) -> None:
        async def send() -> None:
            connection = self.room.join(FakePeer(), self.mallory)
            make = protocol.update if live else protocol.step2
            self.room.receive(connection, make(update))
            self.room.leave(connection)

        self.portal.call(send)
        for wrong in self.oracle.judge(self.mallory, self.room.encode()):
            self.wrongs.append(f"mallory: {wrong}: {update.hex()}")

    def _return(self, seat: Seat) -> None:
        if seat.browser.room is None:
            self._join(seat.browser)
        self._send(seat)

    def _start_over(self, seat: Seat) -> None:
        """Forget the document; where the page is connected it is fetched again."""
        browser = seat.browser
        if was_here := browser.room is not None:
            self.portal.call(browser.leave)
        browser.start_over(next(self.clients))
        if was_here:
            self._join(browser)

    def _join(self, browser: Browser) -> None:
        """Come in without sending: `_send` asks what became of each frame."""
        waiting, browser.journal = browser.journal, []
        self.portal.call(browser.join, self.room)
        browser.journal = waiting

    def _level(self, browser: Browser) -> None:
        assert self.room is not None
        assert browser.connection is not None
        self.room.receive(browser.connection, protocol.step1(browser.doc.get_state()))
        browser.hear()


TestPeople = People.TestCase
TestPeople.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
