"""The codebook as a table: one entry in each row, as a spreadsheet shows it."""

from collections.abc import Mapping, Sequence

from schemas.ids import EntryId
from schemas.taxonomy import Entry
from server.domain.corpus import Corpus
from server.domain.sheets import Sheet

COLUMNS = (
    "id", "parent", "kind", "label_en", "label_zh", "definition_en", "definition_zh", "scope",
    "scope_reason", "units", "evidence",
)  # fmt: skip


def sheet(corpus: Corpus) -> Sheet:
    """Return the entries in force, parents before what is below them."""
    units = {unit.id: unit.name.en or unit.name.zh for unit in corpus.units}
    rows: list[Sequence[str]] = [COLUMNS]
    for told in corpus.in_force:
        entry = told.entry
        concerned = [units[one] for one in told.units if one in units]
        rows.append(
            (
                entry.id,
                entry.parent_id or "",
                entry.kind.value,
                entry.label.en,
                entry.label.zh,
                entry.definition.en,
                entry.definition.zh,
                entry.scope.value,
                entry.scope_reason,
                "; ".join(concerned),
                str(len(told.evidence)),
            )
        )
    return [rows[0], *_in_order(rows[1:], {told.entry.id: told.entry for told in corpus.in_force})]


def _in_order(
    rows: Sequence[Sequence[str]], known: Mapping[EntryId, Entry]
) -> Sequence[Sequence[str]]:
    below: dict[str, list[Sequence[str]]] = {}
    for row in rows:
        below.setdefault(row[1] if EntryId(row[1]) in known else "", []).append(row)
    ordered: list[Sequence[str]] = []

    def walk(above: str) -> None:
        for row in below.get(above, ()):
            ordered.append(row)
            walk(row[0])

    walk("")
    return ordered
