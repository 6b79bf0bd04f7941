"""What both REFI-QDA files share: namespaces, GUIDs, colours, safe text, the tree of codes.

REFI-QDA 1.5 (Rotterdam Exchange Format Initiative). GUIDs come from our ids and never change, so
two exports of one study can be matched.
"""

import re
import uuid
from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from schemas.session import Bilingual, Language
from schemas.taxonomy import EntryKind
from server.domain.corpus import Corpus, Told

PROJECT = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"
ORIGIN = "Colloquy"
COLOURS = {
    EntryKind.CATEGORY: "#5b6770",
    EntryKind.PROBLEM: "#b3261e",
    EntryKind.CAUSE: "#8a5300",
    EntryKind.CONSEQUENCE: "#6b3fa0",
    EntryKind.SOLUTION: "#1b6e3c",
}

_NAMESPACE = uuid.UUID("6f1c7a52-5d0e-5c4b-9d0b-4f1e6c1d7a10")
_HEX = re.compile(r"[0-9a-f]{32}")
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def guid(of: str, role: str = "") -> str:
    """Return the GUID of one of our ids; with a role, of something that hangs on it."""
    if not role and _HEX.fullmatch(of):
        return str(uuid.UUID(of)).upper()
    return str(uuid.uuid5(_NAMESPACE, f"{role}:{of}")).upper()


COLLOQUY = guid("colloquy", "user")
"""The user who codes what nobody is known to have coded."""


def clean(text: str) -> str:
    """Return a text without what XML cannot hold; its length stays the same."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    """Return a text without line ends; its length stays the same."""
    return clean(re.sub(r"[\r\n\u0085\u2028\u2029\v\f]", " ", text))


def add(parent: Element, tag: str, text: str | None = None, /, **attributes: str) -> Element:
    """Append an element; empty attributes are left out."""
    given = {name: clean(value) for name, value in attributes.items() if value}
    made = SubElement(parent, tag, given)
    if text is not None:
        made.text = clean(text)
    return made


def document(root: Element) -> bytes:
    """Return a whole XML file."""
    ElementTree.indent(root, " ")
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def both(text: Bilingual, language: Language) -> str:
    """Return a text in one language, with the other one behind it where there are two."""
    first = text.in_(language)
    other = text.en if first == text.zh else text.zh
    return f"{first}\n{other}" if other and other != first else first


def add_codes(parent: Element, corpus: Corpus, language: Language) -> None:
    """Append the taxonomy as codes, each under its parent; a category without evidence holds no codings."""
    there = {told.entry.id for told in corpus.in_force}
    below: dict[str | None, list[Told]] = {}
    for told in corpus.in_force:
        above = told.entry.parent_id if told.entry.parent_id in there else None
        below.setdefault(above, []).append(told)
    _add_level(parent, None, below, language)


def _add_level(
    parent: Element, above: str | None, below: dict[str | None, list[Told]], language: Language
) -> None:
    for told in below.get(above, ()):
        entry = told.entry
        codable = entry.kind is not EntryKind.CATEGORY or bool(told.evidence)
        code = add(
            parent,
            "Code",
            guid=guid(entry.id),
            name=one_line(entry.label.in_(language)),
            isCodable="true" if codable else "false",
            color=COLOURS[entry.kind],
        )
        add(code, "Description", _described(told, language))
        _add_level(code, entry.id, below, language)


def _described(told: Told, language: Language) -> str:
    """The definition; then, marked so that `codebook_reader` finds it again, what a code has no room for."""
    entry = told.entry
    is_english = entry.label.in_(language) == entry.label.en
    code = "zh" if is_english else "en"
    label = entry.label.zh if is_english else entry.label.en
    own, other = entry.definition.en, entry.definition.zh
    parts = [own if is_english else other]
    if label:
        parts.append(f"[{code} label] {one_line(label)}")
    if other if is_english else own:
        parts.append(f"[{code} definition] {other if is_english else own}")
    facts = (entry.kind.value, entry.scope.value, one_line(entry.scope_reason))
    parts.append(f"[{'; '.join(fact for fact in facts if fact)}]")
    return "\n".join(part for part in parts if part)


def stage_members(corpus: Corpus) -> Sequence[tuple[str, str, Sequence[str]]]:
    """Return for each stage its id, its title and the entries in force that it first produced."""
    found = []
    for stage in corpus.stages:
        own = [one.entry.id for one in corpus.in_force if one.stage_id == stage.id]
        if own:
            found.append((stage.id, stage.title.in_(Language.EN), own))
    return found
