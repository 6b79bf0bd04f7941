"""Objections told to the study's confidant alone.

What is told leaves no trace for anybody else: no event, no mirror row, no message, no command row,
and no count; the room's state stays as it is. Author, proposal, reason and time lie in a box of one
size, sealed with a key that is derived from the installation's own and never stored beside it
(AES-256-GCM). Whoever loses the data folder's key loses the boxes.

A box stands under an id derived from author and proposal, so an author's own are looked up and
nobody else's are touched: how long an answer takes does not tell how many others objected.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import AccountId, PersonId, ProposalId, StudyId
from schemas.session import Bilingual, Person, Role
from server.domain import permissions
from server.domain.permissions import Action
from server.services import board
from server.services.proposals import MAX_REASON_CHARACTERS, require_newest
from server.store import events, people, private_objections, proposals, studies
from server.store.commands import KEY_LENGTHS, Answer
from server.store.database import Database, Work

BOX_BYTES = 6 * 1024
"""Holds the longest reason in four-byte characters; every box is as long as this."""

MOST = 8
"""Private objections of one person to one proposal that can stand at once."""

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a box holds. at: UTC seconds. key: of the command that brought it."""

    person_id: PersonId
    proposal_id: ProposalId
    number: int
    reason: str
    at: float
    key: str = ""


@dataclass(frozen=True, slots=True)
class Confided:
    """What the confidant reads: who objected for which unit to which wording, and why."""

    name: str
    unit: Bilingual
    wording: str
    number: int
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Own:
    """What its author sees again. is_possible: whether somebody reads private objections."""

    objections: Mapping[ProposalId, Sequence[tuple[str, str]]]
    is_possible: bool


class Confidence:
    """Seals, opens for the author, and reads for the confidant."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def object(
        self, person: Person, key: str, proposal_id: ProposalId, *, number: int, reason: str
    ) -> Answer:
        """Tell the confidant; answers what a public objection would answer, the state unmoved.

        Sent again with the same key it is told once.

        Raises NotFound, Forbidden, Conflict `proposal.stale_wording`, `confidant.none` or
        `objection.too_many`, Invalid `position.reason`.
        """
        if len(key) not in KEY_LENGTHS:
            raise Invalid("command.key", length=len(key))
        why = reason.strip()
        if not 0 < len(why) <= MAX_REASON_CHARACTERS:
            raise Invalid("position.reason", at_most=MAX_REASON_CHARACTERS)
        async with self._database.write() as work:
            setting = await proposals.setting(work, person.session_id)
            permissions.require(person.role, Action.OBJECT_PRIVATELY, setting.state)
            proposal = board.of_session(await proposals.get(work, proposal_id), person.session_id)
            require_newest(proposal, number)
            if not await private_objections.confidants(work, setting.study_id):
                raise Conflict("confidant.none")
            sealed = Sealed(person.id, proposal_id, number, why, time.time(), key)
            await self._put(work, setting.study_id, sealed)
        return {"number": number, "stance": "object", "state": proposal.state.value}

    async def own(self, person: Person) -> Own:
        """Return the person's own private objections, by proposal: (id, reason)."""
        async with self._database.read() as work:
            study_id = (await proposals.setting(work, person.session_id)).study_id
            if person.role is not Role.EXPERT:
                return Own({}, is_possible=False)
            is_possible = bool(await private_objections.confidants(work, study_id))
            open_to = await proposals.ids(work, person.session_id)
            places = [place for one in open_to for place in self._places(person.id, one)]
            boxes = await self._among(work, study_id, places)
        found: dict[ProposalId, list[tuple[str, str]]] = {}
        for place in places:
            if place in boxes:
                sealed = boxes[place]
                found.setdefault(sealed.proposal_id, []).append((place, sealed.reason))
        return Own(found, is_possible)

    async def settle(self) -> int:
        """Put every box that stands under an id of an older kind where its author is looked up.

        Boxes that were sealed with another key stay where they are. Returns how many were moved.
        """
        moved = 0
        async with self._database.write() as work:
            for box_id, study_id, box in await private_objections.every(work):
                try:
                    sealed = self._unseal(study_id, box)
                except InvalidTag:
                    continue
                places = self._places(sealed.person_id, sealed.proposal_id)
                if box_id in places:
                    continue
                taken = await private_objections.among(work, study_id, places)
                free = [place for place in places if place not in taken]
                if free:  # else its author has no place left; the confidant reads it all the same
                    await private_objections.move(work, box_id, free[0])
                    moved += 1
        return moved

    async def take_out(self, person: Person, box_id: str) -> Sealed:
        """Remove an own private objection, to be said openly or not at all; return it.

        Raises NotFound `objection.unknown` for another's, as for none.
        """
        async with self._database.write() as work:
            sealed = await self._own(work, person, box_id)
            await private_objections.remove(work, box_id)
        return sealed

    async def find(self, person: Person, box_id: str) -> Sealed:
        """Return an own private objection. Raises NotFound `objection.unknown`."""
        async with self._database.read() as work:
            return await self._own(work, person, box_id)

    async def read(self, account_id: AccountId, study_id: StudyId) -> Sequence[Confided]:
        """Return everything confided in a study, oldest first. Raises Forbidden `confidant.only`."""
        async with self._database.read() as work:
            if account_id not in await private_objections.confidants(work, study_id):
                raise Forbidden("confidant.only")
            units = {one.id: one.name for one in await studies.units(work, study_id)}
            boxes = [sealed for _, sealed in await self._boxes(work, study_id)]
            found = []
            for one in sorted(boxes, key=lambda sealed: sealed.at):
                person = await people.by_id(work, one.person_id)
                proposal = await proposals.get(work, one.proposal_id)
                texts = {wording.number: wording.text for wording in proposal.wordings}
                unit_id = person.unit_id if person else None
                found.append(
                    Confided(
                        name=person.name if person else "",
                        unit=units.get(unit_id, Bilingual()) if unit_id else Bilingual(),
                        wording=texts.get(one.number, ""),
                        number=one.number,
                        reason=one.reason,
                        at=one.at,
                    )
                )
        return found

    async def is_confidant(self, account_id: AccountId, study_id: StudyId) -> bool:
        """Whether this account reads the study's private objections."""
        async with self._database.read() as work:
            return account_id in await private_objections.confidants(work, study_id)

    async def name(self, study_id: StudyId, accounts: Sequence[AccountId]) -> None:
        """Say who reads the study's private objections; everybody in the study may know."""
        async with self._database.write() as work:
            await private_objections.set_confidants(work, study_id, accounts)
            body = {"accounts": list(accounts)}
            await events.record(work, study_id, "study.confidant_named", study_id, body=body)

    async def _put(self, work: Work, study_id: StudyId, sealed: Sealed) -> None:
        """Keep a box in the first free place of its author; one with the same key stands already."""
        places = self._places(sealed.person_id, sealed.proposal_id)
        known = await self._among(work, study_id, places)
        if any(one.key == sealed.key for one in known.values()):
            return
        box = self._seal(study_id, sealed)
        for place in places:
            if place not in known and await private_objections.put(work, place, study_id, box):
                return
        raise Conflict("objection.too_many", most=MOST)

    async def _own(self, work: Work, person: Person, box_id: str) -> Sealed:
        study_id = (await proposals.setting(work, person.session_id)).study_id
        sealed = (await self._among(work, study_id, [box_id])).get(box_id)
        if sealed is None or sealed.person_id != person.id:
            raise NotFound("objection.unknown", objection=box_id)
        return sealed

    def _places(self, person_id: PersonId, proposal_id: ProposalId) -> Sequence[str]:
        subject = f"{person_id}:{proposal_id}"
        return [self._derived("id", f"{subject}:{number}").hex()[:32] for number in range(MOST)]

    async def _among(
        self, work: Work, study_id: StudyId, places: Sequence[str]
    ) -> Mapping[str, Sealed]:
        boxes = await private_objections.among(work, study_id, places)
        return {place: self._unseal(study_id, box) for place, box in boxes.items()}

    async def _boxes(self, work: Work, study_id: StudyId) -> list[tuple[str, Sealed]]:
        boxes = await private_objections.of_study(work, study_id)
        return [(box_id, self._unseal(study_id, box)) for box_id, box in boxes]

    def _seal(self, study_id: StudyId, sealed: Sealed) -> bytes:
        text = json.dumps(asdict(sealed), ensure_ascii=False).encode()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        padded = text.ljust(BOX_BYTES, b" ")
        return nonce + AESGCM(self._derived("box", "")).encrypt(nonce, padded, study_id.encode())

    def _unseal(self, study_id: StudyId, box: bytes) -> Sealed:
        nonce, closed = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
        text = AESGCM(self._derived("box", "")).decrypt(nonce, closed, study_id.encode())
        return Sealed(**json.loads(text))

    def _derived(self, purpose: str, subject: str) -> bytes:
        said = f"private objection:{purpose}:{subject}".encode()
        return hmac.new(self._key, said, hashlib.sha256).digest()
