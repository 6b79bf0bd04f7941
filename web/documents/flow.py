"""A document as the paragraphs, tables and figures that every file format has: one row of blocks.

The page draws a ReportView with headings and lists of its own; files are written from this, so
DOCX and PDF cannot say different things.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from schemas.session import Language
from web.documents.layouts import Layout
from web.i18n import translator
from web.numerals import fourth_number, third_number
from web.report_views import Figure, Quote, ReportView, Section, Statement, Table

MOST_COLUMNS = 8
"""A table with more would not be read on paper: its rows name their columns instead."""

_NARROWEST, _WIDEST = 8, 40
"""Signs that a column is given room for at least and at most."""
_INNER = str.maketrans("“”", "‘’")
"""Quotation marks inside a quotation."""


class Style(StrEnum):
    """What a paragraph is; its value is the style's name in a DOCX file."""

    TITLE = "Title"
    OVER = "Subtitle"
    SECTION = "Heading 1"
    STATEMENT = "Heading 2"
    BODY = "Normal"
    QUOTATION = "Quote"
    NOTE = "List Paragraph"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text."""

    text: str
    bold: bool = False
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text in one style. leads: it stays on the page of what follows."""

    style: Style
    runs: tuple[Run, ...]
    leads: bool = False


Block = Paragraph | Table | Figure


def flow(view: ReportView, layout: Layout, language: Language) -> tuple[Block, ...]:
    """Return everything that a document says, in order.

    In the Chinese official layout what stands below a statement is numbered 1. and （1）, under
    the 一、 and （一） that the view brings.
    """
    return tuple(_Flow(language, layout is Layout.OFFICIAL).of(view))


class _Flow:
    """Turns the parts of a view into blocks, in one language and manner of numbering."""

    def __init__(self, language: Language, is_official: bool) -> None:
        self._is_chinese = language is Language.ZH
        self._is_numbered = is_official and self._is_chinese
        self._evidence = translator(language).text("document.evidence")

    def of(self, view: ReportView) -> list[Block]:
        found: list[Block] = [_said(Style.OVER, view.over), _said(Style.TITLE, view.title)]
        found += [self._pair(name, value, Style.BODY) for name, value in view.facts]
        if view.warning:
            found.append(_said(Style.BODY, view.warning))
        for section in view.sections:
            found += self._section(section)
        return found

    def _section(self, section: Section) -> list[Block]:
        found: list[Block] = [_said(Style.SECTION, self._joined(section.number, section.title))]
        if section.intro:
            found.append(_said(Style.BODY, section.intro))
        for statement in section.statements:
            found += self._statement(statement)
        if section.table is not None:
            found.append(fitting(section.table))
        if section.figure is not None:
            found.append(section.figure)
            if not section.figure.is_said_beside:
                found.append(fitting(section.figure.table))
        if len(found) == 1:
            found.append(_said(Style.BODY, section.empty))
        return found

    def _statement(self, one: Statement) -> list[Block]:
        kind = f" [{one.kind_label}]" if one.kind_label else ""
        text = self._joined(one.number, f"{one.text}{kind}")
        found: list[Block] = [Paragraph(Style.STATEMENT, (Run(text, struck=one.struck),))]
        for at, (name, value) in enumerate(one.notes, 1):
            number = third_number(at) if self._is_numbered else ""
            found.append(self._pair(f"{number}{name}", value, Style.NOTE))
        is_named = bool(one.notes) and one.notes[-1][0] == self._evidence
        if one.quotes and self._is_numbered and not is_named:
            number = third_number(len(one.notes) + 1)
            evidence = (Run(f"{number}{self._evidence}：", bold=True),)
            found.append(Paragraph(Style.NOTE, evidence, leads=True))
        found += [self._quote(quote, at) for at, quote in enumerate(one.quotes, 1)]
        return found

    def _quote(self, quote: Quote, at: int) -> Block:
        """Words that are not of the document's language stand in 「」 in Chinese."""
        foreign = self._is_chinese and quote.language != Language.ZH.value
        opening, closing = "「」" if foreign else "“”"
        words = quote.text.translate(_INNER)
        comma = "，" if self._is_chinese else ", "
        where = comma.join(part for part in (quote.by, quote.reference.label) if part)
        source = f"（{where}）" if self._is_chinese else f" ({where})"
        number = fourth_number(at) if self._is_numbered else ""
        return _said(Style.QUOTATION, f"{number}{opening}{words}{closing}{source if where else ''}")

    def _pair(self, name: str, value: str, style: Style) -> Block:
        colon = "：" if self._is_chinese else ": "
        if not value:
            return Paragraph(style, (Run(name, bold=True),))
        return Paragraph(style, (Run(f"{name}{colon}", bold=True), Run(value)))

    def _joined(self, number: str, text: str) -> str:
        return f"{number}{text}" if self._is_chinese or not number else f"{number} {text}"


def fitting(table: Table) -> Table:
    """Return a table that a page is wide enough for: of a wide one, what is in each row."""
    if len(table.head) <= MOST_COLUMNS:
        return table
    rows = tuple(
        (
            row[0],
            "; ".join(
                f"{name}: {cell}"
                for name, cell in zip(table.head[1:], row[1:], strict=True)
                if cell not in ("", "0")
            ),
        )
        for row in table.rows
    )
    return replace(table, head=(table.head[0], ""), rows=rows)


def widths(table: Table) -> Sequence[int]:
    """Return columns by the room that their longest text needs, of one another's measure."""
    every = [table.head, *table.rows]
    return [
        min(_WIDEST, max(_NARROWEST, *(_signs(row[at]) for row in every)))
        for at in range(len(table.head))
    ]


def _signs(text: str) -> int:
    """The room that a text needs; a Chinese character needs that of two letters."""
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in text)


def _said(style: Style, text: str) -> Paragraph:
    return Paragraph(style, (Run(text),))
