"""Passages over HTTP: coded as evidence, noted on, found again by their permanent address."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.annotation import Kind
from schemas.errors import Invalid
from schemas.ids import AccountId, EntryId, PassageId
from server.routes.request import (
    account_of,
    app_state,
    form_fields,
    form_values,
    moderator_of,
    reader_of,
)
from server.services.passages import Coded
from server.store.passages import Note, Passage
from server.store.searchable_facets import language_of
from web.i18n import Translator
from web.passage_views import NoteRow, PassageDesk, PassageRow
from web.views import Choice, Link

SEE_OTHER = 303


async def code(request: Request) -> Response:
    """`POST /passages/code`: `passage` any number of times, `entry`; back to the page."""
    form, chosen = await form_fields(request), await _chosen(request)
    entry_id = EntryId(form.get("entry", ""))
    seq = await app_state(request).passages.code(account_of(request), chosen, entry_id)
    return _back(form, chosen, undo=str(seq), entry=entry_id)


async def undo(request: Request) -> Response:
    """`POST /passages/undo`: `entry`, `seq`: takes back what was coded."""
    form, state = await form_fields(request), app_state(request)
    study_id = await state.taxonomy.study_of(EntryId(form.get("entry", "")))
    account = await moderator_of(request, study_id)
    await state.coding.take_back(study_id, _number(form.get("seq", "")), by=account.name)
    return _back(form, ())


async def note(request: Request) -> Response:
    """`POST /passages/notes`: `passage` any number of times, `kind`, `text`."""
    form, chosen = await form_fields(request), await _chosen(request)
    kind = form.get("kind", "")
    if kind not in list(Kind):
        raise Invalid("request.form", reason="kind")
    text = form.get("text", "")
    await app_state(request).passages.note(account_of(request), chosen, Kind(kind), text)
    return _back(form, chosen)


async def remove_note(request: Request) -> Response:
    """`POST /passages/notes/remove`: `note`, an own one."""
    form = await form_fields(request)
    passage_id = await app_state(request).passages.remove_note(
        account_of(request), form.get("note", "")
    )
    return _back(form, (passage_id,))


async def passage(request: Request) -> Response:
    """`GET /passages/{passage}`: where a citation leads: the passage in its source."""
    return await _lead(request)


async def answer(request: Request) -> Response:
    """`GET /answers/{passage}`: the same of a released answer."""
    return await _lead(request)


async def _lead(request: Request) -> Response:
    passage_id = PassageId(request.path_params["passage"])
    found, place = await app_state(request).passages.place(passage_id)
    if place.questionnaire is not None:
        await moderator_of(request, found.study_id)
        path = f"/questionnaires/{place.questionnaire}/answers"
    else:
        await reader_of(request, found.study_id)
        path = f"/sources/{found.source_id}"
    return RedirectResponse(f"{path}#{anchor(found)}", SEE_OTHER)


def anchor(found: Passage) -> str:
    """Return the name of a passage on its page."""
    return f"p-{found.id}"


def desk(
    found: Coded,
    back: str,
    into: Translator,
    *,
    account: AccountId | None,
    asked: Request,
    by: Sequence[str] = (),
) -> PassageDesk:
    """Return passages as a desk; account: who may code them, None for who only reads.

    by: for each passage whose answer it is.
    """
    heading, rows = "", []
    for number, one in enumerate(found.passages):
        shown = "" if one.heading == heading else one.heading
        heading = one.heading
        rows.append(_row(one, found, into, account, shown, by[number] if by else ""))
    coded = asked.query_params.get("undo", "") if account is not None else ""
    entry = found.entries.get(EntryId(asked.query_params.get("entry", "")))
    return PassageDesk(
        tuple(rows),
        back,
        account is not None,
        tuple(
            Choice(
                one.id, one.label.in_(into.language), f"{one.label.en} {one.label.zh}".casefold()
            )
            for one in found.choices()
        ),
        tuple(Choice(kind.value, into.text(f"kind.{kind.value}")) for kind in Kind),
        coded if coded.isascii() and coded.isdigit() else "",
        None
        if entry is None
        else Link(f"/entries/{entry.id}", entry.label.in_(into.language), entry.id),
    )


def _row(
    one: Passage,
    found: Coded,
    into: Translator,
    account: AccountId | None,
    heading: str,
    by: str,
) -> PassageRow:
    backs = [found.entries[each] for each in found.backed.get(one.id, ()) if each in found.entries]
    return PassageRow(
        one.id,
        anchor(one),
        "" if one.answer_id else str(one.number),
        heading,
        one.text,
        language_of(one.text),
        by,
        tuple(Link(f"/entries/{e.id}", e.label.in_(into.language), e.kind.value) for e in backs),
        tuple(_note(each, into, account) for each in found.notes.get(one.id, ())),
    )


def _note(one: Note, into: Translator, account: AccountId | None) -> NoteRow:
    word = into.text(f"kind.{one.kind.value}")
    return NoteRow(one.id, one.kind.value, word, one.text, one.by, one.account_id == account)


async def _chosen(request: Request) -> Sequence[PassageId]:
    return [PassageId(one) for one in await form_values(request, "passage")]


def _back(form: dict[str, str], chosen: Sequence[PassageId], **more: str) -> Response:
    """Back to the page that asked, which is one of ours, at the first passage that was chosen."""
    path = form.get("back", "")
    if not path.startswith(("/sources/", "/questionnaires/")) or "//" in path or "\\" in path:
        raise Invalid("request.form", reason="back")
    asked = f"?{urlencode(more)}" if more else ""
    place = f"#p-{chosen[0]}" if chosen and not more else ""
    return RedirectResponse(f"{path.partition('?')[0]}{asked}{place}", SEE_OTHER)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
