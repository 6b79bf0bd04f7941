"""Preparing a study in the browser: a new one, its settings, lists, units and who runs it."""

from collections.abc import Iterator, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid, NotFound
from schemas.ids import AccountId, StudyId, ThemeId
from schemas.session import Bilingual, Unit
from server.domain import negotiation, sheets
from server.domain.negotiation import Method, Rule, Show
from server.routes.errors import status_of
from server.routes.request import (
    account_of,
    app_state,
    form_fields,
    form_rows,
    form_sheet,
    language_of,
    page,
)
from server.services.importing import KINDS, ImportedUnit
from server.services.preparing import LANGUAGES, NO_THEME, Named, Prepared, Settings, UnitRow
from server.store.memberships import Share
from server.store.studies import Study
from web.i18n import Translator, error_text, told_of, translator
from web.preparing_views import (
    ImportRow,
    MemberRow,
    NamedRow,
    StudyForm,
    StudyImportView,
    StudyNewView,
    StudyPrepareView,
    UnitFields,
    UnitList,
)
from web.views import Choice, Problem

SEE_OTHER = 303
_NAMED = ("id", "en", "zh")
_UNIT = ("id", "en", "zh", "aliases", "kind", "theme")


async def study_new(request: Request) -> Response:
    """`GET, POST /studies/new`."""
    account, into = account_of(request), translator(language_of(request))
    places = await app_state(request).seating.places_of(account)
    likes = [(one.id, one.title.in_(into.language)) for one in places]
    if request.method != "POST":
        return page(request, StudyNewView(_form("/studies/new", _EMPTY, into, likes=likes)))
    fields = await form_fields(request)
    try:
        like = fields.get("like") or None
        study_id = await app_state(request).preparing.create(
            account, _settings(fields), like=None if like is None else StudyId(like)
        )
    except Invalid as error:
        form = _form("/studies/new", fields, into, likes=likes)
        return page(request, StudyNewView(form, problems(error, into)), status_of(error))
    return _saved(f"/studies/{study_id}/prepare", "settings")


async def study_prepare(request: Request) -> Response:
    """`GET, POST /studies/{study}/prepare`: POST changes the settings."""
    account, study_id = account_of(request), _study_id(request)
    if request.method != "POST":
        return await _prepare_page(request)
    fields = await form_fields(request)
    try:
        await app_state(request).preparing.change(account, study_id, _settings(fields))
    except Invalid as error:
        return await _prepare_page(request, error, fields=fields)
    return _saved(_prepare(study_id), "settings")


async def study_stages(request: Request) -> Response:
    """`POST /studies/{study}/stages`."""
    rows = [_named(row) for row in await form_rows(request, _NAMED)]
    service = app_state(request).preparing
    try:
        await service.set_stages(account_of(request), _study_id(request), rows)
    except (Invalid, Conflict) as error:
        return await _prepare_page(request, error, stages=rows)
    return _saved(_prepare(_study_id(request)), "stages")


async def study_themes(request: Request) -> Response:
    """`POST /studies/{study}/themes`."""
    rows = [_named(row) for row in await form_rows(request, _NAMED)]
    service = app_state(request).preparing
    try:
        await service.set_themes(account_of(request), _study_id(request), rows)
    except (Invalid, Conflict) as error:
        return await _prepare_page(request, error, themes=rows)
    return _saved(_prepare(_study_id(request)), "themes")


async def theme_units(request: Request) -> Response:
    """`POST /studies/{study}/themes/{theme}/units`, `/studies/{study}/units` for those in none."""
    rows = [_unit_row(row) for row in await form_rows(request, _UNIT)]
    theme = request.path_params.get("theme")
    theme_id = None if theme is None else ThemeId(theme)
    service = app_state(request).preparing
    try:
        await service.set_units(account_of(request), _study_id(request), theme_id, rows)
    except (Invalid, Conflict) as error:
        return await _prepare_page(request, error, units={theme_id: rows})
    return _saved(_prepare(_study_id(request)), "units")


async def study_members(request: Request) -> Response:
    """`POST /studies/{study}/members`: `login` and `share` add, `remove` takes an account away."""
    account, study_id = account_of(request), _study_id(request)
    fields = await form_fields(request)
    service = app_state(request).preparing
    try:
        if fields.get("remove"):
            await service.remove_member(account, study_id, AccountId(fields["remove"]))
        else:
            share = Share.OWNER if fields.get("share") == "owner" else Share.MODERATOR
            await service.add_member(account, study_id, fields.get("login", ""), share)
    except (Conflict, NotFound) as error:
        if error.code == "study.unknown":
            raise
        return await _prepare_page(request, error)
    return _saved(_prepare(study_id), "members")


async def study_import(request: Request) -> Response:
    """`GET, POST /studies/{study}/import`: a sheet is checked, then stored as a whole."""
    account, study_id, state = account_of(request), _study_id(request), app_state(request)
    into = translator(language_of(request))
    found = await state.preparing.prepared(account, study_id)
    title, base = found.study.title.in_(into.language), f"/studies/{study_id}"
    if request.method != "POST":
        return page(request, StudyImportView(title, base))
    fields, text = await form_fields(request), ""
    try:
        sheet = await form_sheet(request, "file", "text")
        text = sheets.written(sheet)
        if fields.get("do") == "import":
            await state.importing.store(account, study_id, sheet)
            return _saved(_prepare(study_id), "units")
        rows = await state.importing.check(account, study_id, sheet)
    except (Invalid, Conflict) as error:
        view = StudyImportView(title, base, text=text, problems=problems(error, into))
        return page(request, view, status_of(error))
    return page(request, _import_view(title, base, rows, text, into))


def problems(error: ColloquyError, into: Translator) -> tuple[Problem, ...]:
    """Return what was wrong as a form says it: field by field where the error names fields."""
    language = into.language
    if error.code in ("study.settings", "session.details"):
        return tuple(
            Problem(field, told_of(str(code), {}, language)) for field, code in error.fields.items()
        )
    return (Problem("", told_of(error.code, error.fields, language)),)


def choices(words: Sequence[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    """Return (value, label) pairs for a select."""
    return tuple(Choice(value, label, selected=value == chosen) for value, label in words)


def bilingual(fields: Mapping[str, str], name: str) -> Bilingual:
    """Return the pair of fields `{name}_en` and `{name}_zh`."""
    en, zh = (fields.get(f"{name}_{tongue}", "") for tongue in ("en", "zh"))
    return Bilingual(" ".join(en.split()), " ".join(zh.split()))


async def _prepare_page(
    request: Request,
    error: ColloquyError | None = None,
    *,
    fields: Mapping[str, str] | None = None,
    stages: Sequence[Named] | None = None,
    themes: Sequence[Named] | None = None,
    units: Mapping[ThemeId | None, Sequence[UnitRow]] | None = None,
) -> Response:
    """The page; what was sent and refused stands there again, beside the reason."""
    account, study_id = account_of(request), _study_id(request)
    into = translator(language_of(request))
    found = await app_state(request).preparing.prepared(account, study_id)
    base, study = f"/studies/{study_id}", found.study
    view = StudyPrepareView(
        title=study.title.in_(into.language),
        base=base,
        form=_form(_prepare(study_id), _fields(study) if fields is None else fields, into),
        stages=_rows(stages, [(one.id, one.title) for one in found.stages]),
        themes=_rows(themes, [(one.id, one.title) for one in found.themes]),
        unit_lists=tuple(_unit_lists(found, base, into, units or {})),
        kinds=choices([(kind, into.text(f"unit_kind.{kind}")) for kind in KINDS], ""),
        members=tuple(
            MemberRow(
                one.account_id,
                one.name,
                one.login,
                into.text(f"share.{one.share.value}"),
                found.share is Share.OWNER and one.account_id != account.id,
            )
            for one in found.members
        ),
        shares=choices([(one.value, into.text(f"share.{one.value}")) for one in Share], ""),
        is_owner=found.share is Share.OWNER,
        saved=request.query_params.get("saved", ""),
        problems=() if error is None else problems(error, into),
    )
    return page(request, view, 200 if error is None else status_of(error))


def _unit_lists(
    found: Prepared, base: str, into: Translator, sent: Mapping[ThemeId | None, Sequence[UnitRow]]
) -> Iterator[UnitList]:
    """The units theme by theme, then those in none; no list where nothing is named yet."""
    listed: list[tuple[ThemeId | None, str, Sequence[Unit]]] = [
        (theme.id, theme.title.in_(into.language), theme.units) for theme in found.themes
    ]
    if listed or found.beside:
        listed.append((None, into.text("unit_list.beside"), found.beside))
    for theme_id, title, units in listed:
        rows = sent.get(theme_id, [UnitRow(u.id, u.name, u.kind, u.aliases) for u in units])
        fields = tuple(
            UnitFields(
                row.id, row.name.en, row.name.zh, "; ".join(row.aliases), row.kind, row.moves_to
            )
            for row in rows
        )
        action = f"{base}/units" if theme_id is None else f"{base}/themes/{theme_id}/units"
        elsewhere = (
            Choice(other or NO_THEME, label) for other, label, _ in listed if other != theme_id
        )
        places = (Choice("", title), *elsewhere)
        is_open = theme_id is not None and not rows
        yield UnitList(title, action, fields, places, is_open)


def _rows(
    sent: Sequence[Named] | None, stored: Sequence[tuple[str, Bilingual]]
) -> tuple[NamedRow, ...]:
    rows = [Named(key, title) for key, title in stored] if sent is None else sent
    return (*(NamedRow(row.id, row.name.en, row.name.zh) for row in rows), NamedRow())


_EMPTY: Mapping[str, str] = {
    "languages": "both", "method": "consent", "show": "by_unit", "quorum": "0",
    "threshold": "100",
}  # fmt: skip


def _form(
    action: str,
    fields: Mapping[str, str],
    into: Translator,
    *,
    likes: Sequence[tuple[str, str]] = (),
) -> StudyForm:
    def enumerated(name: str, values: Sequence[str]) -> tuple[Choice, ...]:
        words = [(value, into.text(f"{name}.{value}")) for value in values]
        return choices(words, fields.get(name, ""))

    empty = ("", into.text("study_like.empty"))
    return StudyForm(
        action,
        fields.get("title_en", ""),
        fields.get("title_zh", ""),
        fields.get("city_en", ""),
        fields.get("city_zh", ""),
        marking=fields.get("marking", ""),
        retention=fields.get("retention", ""),
        quorum=fields.get("quorum", ""),
        threshold=fields.get("threshold", ""),
        languages=enumerated("languages", LANGUAGES),
        methods=enumerated("method", [one.value for one in Method]),
        shows=enumerated("show", [one.value for one in Show]),
        likes=choices([empty, *likes], fields.get("like", "")) if likes else (),
    )


def _fields(study: Study) -> dict[str, str]:
    """The settings of a study as its form sends them."""
    rule = negotiation.rule_of(study.rule)
    return {
        "title_en": study.title.en,
        "title_zh": study.title.zh,
        "city_en": study.city.en,
        "city_zh": study.city.zh,
        "languages": study.languages,
        "retention": "" if study.retention_months is None else str(study.retention_months),
        "marking": study.marking,
        "method": rule.method.value,
        "show": rule.show.value,
        "quorum": str(round(rule.quorum * 100)),
        "threshold": str(round(rule.threshold * 100)),
    }


def _settings(fields: Mapping[str, str]) -> Settings:
    """Raises Invalid (`study.settings`) for numbers and rules that are none."""
    retention = fields.get("retention", "").strip()
    wrong: dict[str, str] = {}
    if retention and not (retention.isdecimal() and len(retention) < 5):
        wrong["retention"] = "study.retention"
    shares = {name: _percent(fields.get(name, "")) for name in ("quorum", "threshold")}
    wrong |= {name: "study.percent" for name, share in shares.items() if share is None}
    method, show = fields.get("method", ""), fields.get("show", "")
    if method not in list(Method) or show not in list(Show):
        wrong["method"] = "study.rule"
    if wrong:
        raise Invalid("study.settings", **wrong)
    rule = Rule(Method(method), shares["quorum"] or 0.0, shares["threshold"] or 0.0, Show(show))
    return Settings(
        bilingual(fields, "title"),
        bilingual(fields, "city"),
        fields.get("languages", ""),
        int(retention) if retention else None,
        fields.get("marking", "").strip(),
        rule,
    )


def _percent(text: str) -> float | None:
    text = text.strip().rstrip("%").strip()
    return int(text) / 100 if text.isdecimal() and len(text) < 4 and int(text) <= 100 else None


def _named(row: Mapping[str, str]) -> Named:
    return Named(row["id"], Bilingual(row["en"].strip(), row["zh"].strip()))


def _unit_row(row: Mapping[str, str]) -> UnitRow:
    aliases = row["aliases"].replace("；", ";").split(";")
    told = tuple(dict.fromkeys(alias.strip() for alias in aliases if alias.strip()))
    kind = row["kind"] if row["kind"] in KINDS else "office"
    name = Bilingual(row["en"].strip(), row["zh"].strip())
    return UnitRow(row["id"], name, kind, told, row["theme"])


def _import_view(
    title: str, base: str, rows: Sequence[ImportedUnit], text: str, into: Translator
) -> StudyImportView:
    bad = sum(bool(row.problem) for row in rows)
    return StudyImportView(
        title,
        base,
        tuple(
            ImportRow(
                row.number,
                row.theme,
                row.name.en,
                row.name.zh,
                into.text(f"unit_kind.{row.kind}") if row.kind in KINDS else row.kind,
                "; ".join(row.aliases),
                error_text(row.problem, {}, into.language)[0] if row.problem else "",
            )
            for row in rows
        ),
        bad,
        len(rows) - bad,
        text,
        is_checked=True,
        is_ready=bad == 0,
    )


def _study_id(request: Request) -> StudyId:
    return StudyId(request.path_params["study"])


def _prepare(study_id: StudyId) -> str:
    return f"/studies/{study_id}/prepare"


def _saved(path: str, part: str) -> Response:
    return RedirectResponse(f"{path}?saved={part}#{part}", SEE_OTHER)
