"""Whether a DOCX file is put together as office programs demand (ECMA-376): parts, types, order.

No office program runs here. What makes one complain of a file is nearly always one of these: a
relationship that leads nowhere, a part without a type, an id used twice, or children of a property
element in an order other than the schema's sequence.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"

SEQUENCES = {
    "rPr": (
        "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof"
        " snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd"
        " fitText vertAlign rtl cs em lang eastAsianLayout specVanish oMath"
    ),
    "pPr": (
        "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr"
        " shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE"
        " autoSpaceDN bidi adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents"
        " suppressOverlap jc textDirection textAlignment textboxTightWrap outlineLvl divId cnfStyle"
        " rPr sectPr pPrChange"
    ),
    "sectPr": (
        "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders"
        " lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter"
        " docGrid printerSettings"
    ),
    "tblPr": (
        "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc"
        " tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook"
    ),
    "tcPr": "cnfStyle tcW gridSpan vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign",
    "tbl": "tblPr tblGrid tr",
    "tr": "tblPrEx trPr tc",
    "tc": "tcPr p tbl",
    "p": "pPr r hyperlink bookmarkStart bookmarkEnd",
    "font": "altName panose1 charset family notTrueType pitch sig",
    "style": (
        "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed"
        " qFormat locked personal personalCompose personalReply rsid pPr rPr tblPr trPr tcPr"
        " tblStylePr"
    ),
    "document": "body",
    "hdr": "p tbl",
    "ftr": "p tbl",
}
_UNORDERED = {"headerReference", "footerReference"}
_REPEATED = {"tr", "tc", "p", "r", "tbl", "hyperlink", "bookmarkStart", "bookmarkEnd", "tblStylePr"}
_MIXED = {"p", "tc", "hdr", "ftr"}
"""Whose children may stand in any order behind their properties."""
_SETTINGS = [
    "zoom",
    "removePersonalInformation",
    "mirrorMargins",
    "defaultTabStop",
    "evenAndOddHeaders",
    "characterSpacingControl",
    "footnotePr",
    "endnotePr",
    "compat",
    "rsids",
    "themeFontLang",
    "clrSchemeMapping",
    "decimalSymbol",
    "listSeparator",
]
"""Of the settings, those that are told apart here, in the schema's order."""


def faults(body: bytes) -> list[str]:
    """Return everything about a file that an office program could complain of, in words."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    found = [*_untyped(parts), *_leading_nowhere(parts)]
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")):
            found += _misordered(name, ElementTree.fromstring(part))
    found += _misset(parts["word/settings.xml"])
    found += [
        f"{name}: two {kind} of the id {key}"
        for name, part in parts.items()
        if name.startswith("word/") and name.endswith(".xml")
        for kind, key in _twice(ElementTree.fromstring(part))
    ]
    drawn = [
        one.get("id") for one in ElementTree.fromstring(parts["word/document.xml"]).iter(_DRAWN)
    ]
    if len(drawn) != len(set(drawn)):
        found.append(f"drawings share ids: {drawn}")
    return found


def _untyped(parts: dict[str, bytes]) -> Iterator[str]:
    types = ElementTree.fromstring(parts["[Content_Types].xml"])
    endings = {one.get("Extension", "").lower() for one in types.iter(f"{_TYPES}Default")}
    named = {one.get("PartName") for one in types.iter(f"{_TYPES}Override")}
    for name in parts:
        typed = f"/{name}" in named or name.rpartition(".")[2].lower() in endings
        if name != "[Content_Types].xml" and not typed:
            yield f"{name} has no content type"
    yield from (f"{name} is typed and not there" for name in named if str(name)[1:] not in parts)


def _leading_nowhere(parts: dict[str, bytes]) -> Iterator[str]:
    for name in [one for one in parts if one.endswith(".rels")]:
        folder, _, file = name.rpartition("_rels/")
        known = set()
        for one in ElementTree.fromstring(parts[name]).iter(_RELATION):
            known.add(one.get("Id"))
            target = str(one.get("Target"))
            path = target[1:] if target.startswith("/") else posixpath.normpath(folder + target)
            if one.get("TargetMode") != "External" and path not in parts:
                yield f"{name} leads to {path}"
        owner = folder + file.removesuffix(".rels")
        if owner in parts:
            for element in ElementTree.fromstring(parts[owner]).iter():
                for key, value in element.attrib.items():
                    if key.startswith(_R) and value not in known:
                        yield f"{owner} names {value}"


def _misordered(name: str, root: ElementTree.Element) -> Iterator[str]:
    for kind, sequence in SEQUENCES.items():
        order = sequence.split()
        for element in root.iter(f"{_W}{kind}"):
            tags = [child.tag.removeprefix(_W) for child in element if child.tag.startswith(_W)]
            if unknown := [tag for tag in tags if tag not in order]:
                yield f"{name}: {kind} has {unknown}"
                continue
            places = [0 if tag in _UNORDERED else order.index(tag) for tag in tags]
            if kind in _MIXED:
                places = [min(place, 1) for place in places]
            if kind == "tc" and tags[-1:] != ["p"]:
                yield f"{name}: a cell ends with {tags[-1:]}"
            once = [tag for tag in tags if tag not in _UNORDERED | _REPEATED]
            if places != sorted(places) or len(once) != len(set(once)):
                yield f"{name}: {kind} has {tags}"


def _misset(part: bytes) -> Iterator[str]:
    tags = [child.tag.removeprefix(_W) for child in ElementTree.fromstring(part)]
    places = [_SETTINGS.index(tag) for tag in tags if tag in _SETTINGS]
    if places != sorted(places):
        yield f"settings have {tags}"


def _twice(root: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Bookmarks, comments, insertions and deletions whose `w:id` another one has; styles likewise."""
    known = set()
    for element in root.iter():
        key = element.get(f"{_W}styleId") or element.get(f"{_W}id")
        kind = element.tag.removeprefix(_W)
        if key is None or kind in ("bookmarkEnd", "footnoteReference", "endnoteReference"):
            continue
        if (kind, key) in known:
            yield kind, key
        known.add((kind, key))
