"""What a document is given, printed as a page or written as DOCX: one shape for all of them.

Texts are in the reader's language and numbered already; units stand in protocol order.
"""

from dataclasses import dataclass

from web.views import Link


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that were said, who said them, and where. language: of the words."""

    text: str
    language: str
    by: str
    reference: Link


@dataclass(frozen=True, slots=True)
class Statement:
    """One numbered statement. notes: (name, text) pairs below it. struck: retracted."""

    number: str
    text: str
    href: str = ""
    kind: str = ""
    kind_label: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    quotes: tuple[Quote, ...] = ()
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of each row is its heading."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """One rectangle of a figure, with its title for who points at it.

    shade: 0..4, of the brand's colour. kind: of an entry; then it is a box edged in that colour.
    """

    x: int
    y: int
    width: int
    height: int
    shade: int
    title: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a figure. anchor: start, middle, end, or strong: middle on a dark mark.

    slanted: turned by 45 degrees about its place. kind: what colours it.
    """

    x: int
    y: int
    text: str
    anchor: str = "start"
    slanted: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line of a figure: an SVG path. manner: edge, arrow, dashed (an arrow too), axis, curve."""

    path: str
    manner: str = "edge"


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing of strokes, marks and texts, in its own pixels, with the table that says the same.

    href: where the drawing alone is saved as a file, without the ending; "" for nowhere.
    is_said_beside: the document says the same in words, so that its files do without the table.
    """

    id: str
    title: str
    description: str
    width: int
    height: int
    marks: tuple[Mark, ...]
    texts: tuple[Text, ...]
    table: Table
    href: str = ""
    strokes: tuple[Stroke, ...] = ()
    is_said_beside: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of a document; empty: what is said where nothing else is there."""

    id: str
    number: str
    title: str
    intro: str = ""
    statements: tuple[Statement, ...] = ()
    table: Table | None = None
    figure: Figure | None = None
    empty: str = ""


@dataclass(frozen=True, slots=True)
class ReportView:
    """A document. facts: (name, value) pairs at its head. marking: on every page of it."""

    title: str
    over: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    back: Link
    downloads: tuple[Link, ...] = ()
    further: tuple[Link, ...] = ()
    marking: str = ""
    warning: str = ""
