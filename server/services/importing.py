"""Importing units from a sheet: every row is checked first, and all are stored or none."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.errors import Conflict, Invalid
from schemas.ids import StudyId, ThemeId, UnitId, new_id
from schemas.session import Bilingual, Unit
from server.domain.sheets import Sheet
from server.services.preparing import MAX_TITLE, renumber_units, require_owner
from server.store import events, studies
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.studies import Theme

MAX_UNITS = 2_000
KINDS = (
    "bureau", "commission", "committee", "council", "office", "district", "zone", "institution",
    "company",
)  # fmt: skip
_COLUMNS = {
    "theme": ("theme", "专题", "专题名称", "所属专题"),
    "en": ("name_en", "english", "name", "英文名称", "英文名"),
    "zh": ("name_zh", "chinese", "中文名称", "中文名", "单位名称", "名称", "单位"),
    "kind": ("kind", "类别", "类型", "单位类别", "单位类型"),
    "aliases": ("aliases", "other names", "别名", "简称", "其他名称", "曾用名"),
}
_IN_CHINESE = {
    "局": "bureau", "委": "commission", "委员会": "commission", "理事会": "council",
    "办": "office", "办公室": "office", "区": "district", "县": "district", "区县": "district",
    "功能区": "zone", "开发区": "zone", "园区": "zone", "机构": "institution",
    "事业单位": "institution", "企业": "company", "公司": "company",
}  # fmt: skip
"""How people write the kind of a unit in Chinese."""
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class ImportedUnit:
    """One row as it would be stored. problem: an error code, "" for a good row."""

    number: int
    theme: str
    name: Bilingual
    kind: str
    aliases: tuple[str, ...]
    problem: str


class Importing:
    """Checks and stores sheets of units on behalf of a study's owners."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def check(
        self, account: Account, study_id: StudyId, sheet: Sheet
    ) -> Sequence[ImportedUnit]:
        """Return every row with what is wrong with it.

        Raises NotFound, Forbidden, or Invalid `import.columns` where a column of names or themes
        is missing, `import.empty`, `import.rows`.
        """
        async with self._database.read() as work:
            await require_owner(work, study_id, account)
            return await _read(work, study_id, sheet)

    async def store(self, account: Account, study_id: StudyId, sheet: Sheet) -> int:
        """Store all rows and return how many; themes that are not there yet are made.

        Raises as `check`, and Conflict (`import.bad_rows`) if one row is wrong: then nothing was
        stored.
        """
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            found = await _read(work, study_id, sheet)
            bad = [row.number for row in found if row.problem]
            if bad:
                raise Conflict("import.bad_rows", rows=", ".join(map(str, bad)))
            themes = {
                _folded(t): theme
                for theme in await studies.themes(work, study_id)
                for t in _titles(theme)
            }
            made = []
            for order, row in enumerate(found, len(await studies.units(work, study_id)) + 1):
                theme_id = await _theme(work, study_id, row.theme, themes)
                unit_id = UnitId(new_id())
                unit = Unit(unit_id, row.name, row.kind, order, row.aliases)
                made.append((theme_id, str(unit_id), unit))
            await studies.add_units(work, study_id, made)
            await renumber_units(work, study_id)
            await events.record(
                work,
                study_id,
                "units.imported",
                study_id,
                body={"count": len(found)},
                at=self._now(),
            )
        return len(found)


async def _read(work: Work, study_id: StudyId, sheet: Sheet) -> Sequence[ImportedUnit]:
    if not sheet:
        raise Invalid("import.empty")
    places = _places(sheet[0])
    if len(sheet) - 1 > MAX_UNITS:
        raise Invalid("import.rows", most=MAX_UNITS)
    taken = {
        _folded(name): "import.known"
        for unit in await studies.units(work, study_id)
        for name in (unit.name.en, unit.name.zh)
        if name
    }
    found = []
    for number, cells in enumerate(sheet[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        row = _row(number, cells, places, taken)
        for name in (row.name.en, row.name.zh):
            if name:
                taken.setdefault(_folded(name), "import.twice")
        found.append(row)
    if not found:
        raise Invalid("import.empty")
    return found


def _places(header: Sequence[str]) -> dict[str, int]:
    named = {_folded(cell): place for place, cell in enumerate(header)}
    places = {
        field: next(named[name] for name in names if name in named)
        for field, names in _COLUMNS.items()
        if any(name in named for name in names)
    }
    if "theme" not in places or not {"en", "zh"} & places.keys():
        raise Invalid("import.columns")
    return places


def _row(
    number: int, cells: Sequence[str], places: dict[str, int], taken: dict[str, str]
) -> ImportedUnit:
    def cell(field: str) -> str:
        place = places.get(field, len(cells))
        return " ".join(cells[place].split()) if place < len(cells) else ""

    theme, kind = cell("theme"), cell("kind").casefold()
    kind = _IN_CHINESE.get(kind, kind)
    name = Bilingual(cell("en"), cell("zh"))
    aliases = tuple(
        dict.fromkeys(part.strip() for part in re.split("[;；、]", cell("aliases")) if part.strip())
    )
    names = [one for one in (name.en, name.zh) if one]
    clash = next((taken[_folded(one)] for one in names if _folded(one) in taken), "")
    if not names:
        problem = "import.no_name"
    elif not theme:
        problem = "import.no_theme"
    elif max(map(len, (*names, theme, *aliases))) > MAX_TITLE:
        problem = "import.too_long"
    elif kind and kind not in KINDS:
        problem = "import.kind"
    else:
        problem = clash
    return ImportedUnit(number, theme, name, kind or "office", aliases, problem)


async def _theme(work: Work, study_id: StudyId, title: str, known: dict[str, Theme]) -> ThemeId:
    if _folded(title) not in known:
        number = len({theme.id for theme in known.values()}) + 1
        made = ThemeId(new_id())
        text = Bilingual(zh=title) if _CHINESE.search(title) else Bilingual(en=title)
        known[_folded(title)] = Theme(made, number, made, text)
        await studies.add_theme(work, study_id, known[_folded(title)])
    return known[_folded(title)].id


def _titles(theme: Theme) -> list[str]:
    return [text for text in (theme.title.en, theme.title.zh, theme.slug) if text]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
