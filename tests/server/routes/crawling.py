"""Two studies full of planted words, and browsers that walk through everything the archive links to.

A word of `SECRETS` may reach nobody, one of `TEAM` only who runs the study, one of `OPEN` everybody
who is in it. All stand beside `COMMON`, so that one question finds all that may be found.
"""

import asyncio
import io
import re
import zipfile
from html import unescape

from sqlalchemy import insert, update

from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.ids import AnnotationId, LineId, SessionId, StudyId, UnitId
from server.domain.quoting import Quoting
from server.services import indexing
from server.services.projection import Projection
from server.services.transcripts import show_line
from server.store import lines, returns, search, searchables, tables
from server.store.database import Database
from server.store.returns import Answer, Item
from tests.server.house import Browser
from tests.server.method import LI, SESSION, STAGE, STUDY, WANG, WATER, spoken_line

COMMON = "harvest"
SECRETS = (
    "zqstruckline",
    "zqwithdrawnnote",
    "zqwithdrawnquote",
    "zqsealedreason",
    "zqunreleasedanswer",
    "zqdraftnote",
    "zqforeignline",
    "zqforeignnote",
    "zqforeignentry",
    "zqforeignpassage",
    "zqforeignspeaker",
    "zqforeignsession",
)
TEAM = "zqreleasedanswer"
OPEN = "zqopenline"

OTHER_STUDY, OTHER_SESSION = StudyId("study2"), SessionId("session2")
OTHER = ("line2", "note2", "entry2", "passage2")

_LINKS = re.compile(r'(?:href|hx-get|src)="(/[^"#]*)')
_WALKED = ("/archive", "/lines/", "/entries/", "/passages/", "/answers/", "/sessions/", "/tracks/")
MOST = 90
"""Pages of one walk; the seeds come first, then what they lead to."""


def speak(url: str, line_id: str) -> None:
    """Let a line of our session be spoken."""
    asyncio.run(_speak(url, line_id))


async def _speak(url: str, line_id: str) -> None:
    database = Database(url)
    await spoken_line(database, line_id)
    await database.close()


def plant(url: str, line_id: str) -> None:
    """Add the other study, and to ours an entry that `line_id` backs and a note taken back."""
    asyncio.run(_plant(url, LineId(line_id)))


async def _plant(url: str, line_id: LineId) -> None:
    database = Database(url)
    await _other_study(database)
    fields: dict[str, object] = {
        "kind": "problem",
        "definition_en": "",
        "definition_zh": "",
        "scope": "unknown",
    }
    fields |= {"state": "active", "version": 1, "created_at": 1.0, "label_zh": "总"}
    async with database.write() as work:
        for number, (entry, parent) in enumerate((("parent", None), ("child", "parent"))):
            row: dict[str, object] = {
                "id": entry,
                "study_id": STUDY,
                "stage_id": STAGE,
                "parent_id": parent,
            }
            row |= {"slug": entry, "label_en": f"{entry} {COMMON}", "order": number, **fields}
            await work.connection.execute(insert(tables.entry).values(row))
        foreign: dict[str, object] = {
            "id": "entry2",
            "study_id": OTHER_STUDY,
            "stage_id": "stage2",
            "order": 0,
        }
        foreign |= {"slug": "entry2", "label_en": f"zqforeignentry {COMMON}", **fields}
        await work.connection.execute(insert(tables.entry).values(foreign))
        backed = {
            "id": "ev",
            "entry_id": "child",
            "line_id": line_id,
            "quote": "",
            "created_at": 1.0,
        }
        await work.connection.execute(insert(tables.evidence).values(backed))
        for study in (STUDY, OTHER_STUDY):
            await search.put(work, await searchables.of_study(work, study))
        await search.put(work, await searchables.of_lines(work, [line_id]))
    note = _note("note", line_id, f"zqwithdrawnnote {COMMON}")
    known = await Projection(database).follow(SESSION, [note])
    await Projection(database).follow(SESSION, [], known)
    await database.close()


async def _other_study(database: Database) -> None:
    study: dict[str, object] = {
        "id": OTHER_STUDY,
        "slug": "s2",
        "title_en": "Two",
        "title_zh": "二",
        "city_en": "C",
    }
    study |= {"city_zh": "市", "rule": {}, "created_at": 1.0}
    stage: dict[str, object] = {
        "id": "stage2",
        "study_id": OTHER_STUDY,
        "number": 4,
        "title_en": "G",
        "title_zh": "组",
    }
    sitting: dict[str, object] = {
        "id": OTHER_SESSION,
        "study_id": OTHER_STUDY,
        "stage_id": "stage2",
        "code": "",
    }
    sitting |= {
        "kind": "focus_group",
        "title_en": "zqforeignsession",
        "title_zh": "",
        "state": "live",
    }
    sitting |= {"language": "en", "code_sha256": "2", "opened_at": 1000.0, "created_at": 1.0}
    line: dict[str, object] = {
        "id": "line2",
        "session_id": OTHER_SESSION,
        "at": 1.0,
        "speaker": "zqforeignspeaker",
    }
    line |= {"presumed": False, "source": "typed", "language": "en", "created_at": 1.0}
    line |= {"text": f"zqforeignline {COMMON}"}
    passage: dict[str, object] = {
        "id": "passage2",
        "study_id": OTHER_STUDY,
        "number": 1,
        "heading": "",
        "created_at": 1,
    }
    passage |= {"text": f"zqforeignpassage {COMMON}"}
    async with database.write() as work:
        for table, values in (
            (tables.study, study),
            (tables.stage, stage),
            (tables.session, sitting),
            (tables.line, line),
            (tables.passage, passage),
        ):
            await work.connection.execute(insert(table).values(values))
        found = await searchables.of_lines(work, [LineId("line2")])
        await search.add(work, found)
    note = _note("note2", LineId("line2"), f"zqforeignnote {COMMON}")
    await Projection(database).follow(OTHER_SESSION, [note])


def _note(note_id: str, line_id: LineId, text: str) -> Annotation:
    return Annotation(
        AnnotationId(note_id), LI.id, Voice("Wang", WANG.id, UnitId(WATER)), Kind.MEMO,
        (Anchor(line_id, 0, 0, None, ""),), text, 1.0, opened=False, withdrawn=False,
    )  # fmt: skip


def withdraw(url: str, line_id: str) -> None:
    """Let the water unit take back what it said in this line, which the entry rests on."""
    asyncio.run(_withdraw(url, LineId(line_id)))


async def _withdraw(url: str, line_id: LineId) -> None:
    database = Database(url)
    await take_back(database, line_id)
    quote = {"id": "ev2", "entry_id": "child", "session_id": SESSION, "line_id": line_id}
    async with database.write() as work:
        text = f"zqwithdrawnquote {COMMON}"
        await work.connection.execute(
            insert(tables.evidence).values(quote=text, created_at=2.0, **quote)
        )
    await indexing.rebuild(database)
    await database.close()


async def take_back(database: Database, line_id: LineId) -> None:
    """Let the water unit withdraw the line, and the session's document be told."""
    item = Item("item", SESSION, UnitId(WATER), "withdraw", line_id, "", "", "taken", 1.0)
    answer = Answer(SESSION, UnitId(WATER), Quoting.NAME, 1.0, 1.0, "Wang")
    async with database.write() as work:
        await returns.replace_items(work, answer, [item])
        await show_line(work, await lines.get(work, line_id))


def close(url: str) -> None:
    """Let our session be over, so that its record can be reviewed."""
    asyncio.run(_close(url))


async def _close(url: str) -> None:
    database = Database(url)
    async with database.write() as work:
        ours = tables.session.c.id == SESSION
        values = {"state": "closed", "closed_at": 2000.0}
        await work.connection.execute(update(tables.session).where(ours).values(values))
    await database.close()


def become(url: str, name: str, role: str) -> None:
    """Give the person of this name another role, as a moderator would beforehand."""
    asyncio.run(_become(url, name, role))


async def _become(url: str, name: str, role: str) -> None:
    database = Database(url)
    async with database.write() as work:
        person = tables.person
        await work.connection.execute(update(person).where(person.c.name == name).values(role=role))
    await database.close()


def seeds(line_id: str) -> list[str]:
    """Return where a walk begins: every question, and every address of both studies."""
    words = [COMMON, "zq*", *(f"{secret[:-2]}*" for secret in SECRETS)]
    found = [f"/archive?q={one}" for one in words]
    found += [f"/archive?q={COMMON}&order=relevance", "/archive?q=&of=line&of=entry&of=answer"]
    found += [f"/archive?q={COMMON}&study={one}" for one in (STUDY, OTHER_STUDY)]
    found += [f"/archive?session={OTHER_SESSION}", "/archive?entry=entry2", "/archive?entry=parent"]
    found += [f"/archive/hits.{form}?q=zq*" for form in ("csv", "xlsx", "json", "txt")]
    for line, session in ((line_id, SESSION), ("line2", OTHER_SESSION)):
        found += [f"/lines/{line}", f"/lines/{line}/context", f"/sessions/{session}/transcript"]
        found += [
            f"/sessions/{session}/transcript.{form}" for form in ("txt", "vtt", "srt", "docx")
        ]
        found += [f"/sessions/{session}/echoes/{line}", f"/api/lines/{line}/versions"]
    found += [f"/sessions/{SESSION}/echoes/line2", "/passages/passage2", "/answers/passage2"]
    return [
        *found,
        "/exports",
        f"/studies/{STUDY}/exports",
        "/entries/parent",
        "/entries/child",
        "/entries/entry2",
        "/entries/entry2/report",
    ]


def walk(browser: Browser, starts: list[str]) -> dict[str, str]:
    """Visit `starts` and what they link to; return the text of every answer by its address.

    A PDF is set from the very blocks of the DOCX beside it and takes a process: it is left out.
    """
    read: dict[str, str] = {}
    waiting = list(starts)
    while waiting and len(read) < MOST:
        path = waiting.pop(0)
        if path in read:
            continue
        answer = browser.get(path)
        assert answer.status_code < 500, path
        read[path] = _text(answer.content) + str(answer.headers)
        if answer.status_code == 200:
            links = (unescape(one) for one in _LINKS.findall(read[path]))
            links = (one for one in links if "/ws" not in one and ".pdf" not in one)
            waiting += [one for one in links if one.startswith(_WALKED)]
    return read


def _text(content: bytes) -> str:
    """Return the text of an answer; of a zip (DOCX, XLSX) that of all its parts."""
    if content[:2] != b"PK":
        return content.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
