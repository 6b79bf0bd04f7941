"""Every template draws its view, full and empty, in both languages, and escapes what people wrote."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from schemas.session import Language
from tests.web import samples
from web import (
    archive_views,
    colleague_views,
    entrance_views,
    exports_views,
    gap_views,
    inheriting_views,
    organisation_views,
    passage_views,
    peers_views,
    project_views,
    questionnaire_views,
    report_views,
    requirement_views,
    return_views,
    review_views,
    session_views,
    solution_views,
    study_views,
    taxonomy_views,
    unheard_views,
    views,
)
from web.assets import Assets
from web.render import TEMPLATES, Renderer, template_name
from web.session_views import SessionView
from web.views import Piece

NAMES = ("site.css", "live.css", "session.js", "projector.js", "lobby.js", "prepare.js", "passages.js", "reply.js", "archive.js", "reader.js", "steno.js", "taxonomy.js", "exports.js", "requirement.js", "review.js", "settling.js", "sound-check.js")  # fmt: skip
RENDERER = Renderer(Assets({name: f"hashed-{name}" for name in NAMES}))
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}  # fmt: skip

CASES = [
    pytest.param(view, language, id=f"{template_name(view)}-{size}-{language}-{number}")
    for language in Language
    for size, group in (("full", samples.full(language)), ("empty", samples.empty(language)))
    for number, view in enumerate(group)
]


class Outline(HTMLParser):
    """Reads a page and fails on what is not well-formed: open or stray tags, doubled ids."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs), f"an attribute of <{tag}> stands twice"
        if identity := given.get("id"):
            self.ids.append(identity)
        if tag == "script":
            self.scripts.append(given)
        if tag not in VOID and tag != "path":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(html: str) -> Outline:
    outline = Outline()
    outline.feed(html)
    outline.close()
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids)), "an id stands twice"
    return outline


@pytest.mark.parametrize(("view", "language"), CASES)
def test_a_page_is_well_formed_html_in_the_readers_language(
    view: object, language: Language
) -> None:
    html = RENDERER.page(view, samples.chrome(language))

    read(html)
    assert f'<html lang="{"zh-Hans" if language is Language.ZH else "en"}"' in html


@pytest.mark.parametrize(("view", "language"), CASES)
def test_a_page_holds_the_very_partial_that_is_swapped_in(view: object, language: Language) -> None:
    if not (TEMPLATES / "partials" / f"{template_name(view)}.html").exists():
        pytest.fail(f"{template_name(view)} has no partial") if not isinstance(view, SessionView) else None  # fmt: skip
        return
    chrome = samples.chrome(language)

    partial = RENDERER.partial(view, chrome)

    read(partial)
    assert partial.strip() in RENDERER.page(view, chrome)


def test_every_view_class_has_a_sample() -> None:
    areas = (
        archive_views,
        colleague_views,
        entrance_views,
        exports_views,
        gap_views,
        inheriting_views,
        organisation_views,
        passage_views,
        peers_views,
        project_views,
        questionnaire_views,
        report_views,
        requirement_views,
        solution_views,
        return_views,
        review_views,
        session_views,
        study_views,
        taxonomy_views,
        unheard_views,
        views,
    )
    classes = {name for area in areas for name in vars(area) if name.endswith("View")}

    for group in (samples.full(Language.EN), samples.empty(Language.EN)):
        assert {type(view).__name__ for view in group} == classes


@pytest.mark.parametrize(("view", "language"), CASES)
def test_every_script_carries_the_nonce_or_is_data(view: object, language: Language) -> None:
    outline = read(RENDERER.page(view, samples.chrome(language)))

    for script in outline.scripts:
        assert script.get("nonce") == "n0nce" or script.get("type") == "application/json"
        assert script.get("type") == "application/json" or script.get("src", "").startswith("/static/")  # fmt: skip


@settings(deadline=None)  # it renders pages: how long is no property of theirs
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60))
def test_text_from_people_never_becomes_markup(text: str) -> None:
    hostile = f'{text}</p></script><img src=x onerror="alert(1)">{{{{ 7*7 }}}}'
    hit = replace(samples.archive(Language.EN).hits[0], speaker=hostile, unit=hostile, pieces=(Piece(hostile, True), Piece(hostile, False)))  # fmt: skip
    answers = [
        replace(samples.archive(Language.EN), words=hostile, hits=(hit,), problem=hostile),
        replace(samples.entry(Language.EN), label=hostile, definition=hostile, units=(hostile,)),
        replace(samples.join(Language.EN), name=hostile, session_title=hostile),
        replace(samples.promotion(), text=hostile, label_zh=hostile),
    ]

    for view in answers:
        outline = read(RENDERER.page(view, samples.chrome(Language.EN, person=hostile)))
        assert "img" not in outline.open
        assert "<img" not in RENDERER.partial(view, samples.chrome(Language.EN))
        assert "onerror" in "".join(outline.texts)


def test_boot_data_cannot_close_its_script() -> None:
    session = samples.session(Language.EN)
    hostile = replace(session, boot={**session.boot, "title": "</script><script>alert(1)</script>"})

    html = RENDERER.page(hostile, samples.chrome(Language.EN))

    read(html)
    boot = html.split('id="boot"', 1)[1].split(">", 1)[1].split("</script>", 1)[0]
    assert json.loads(boot)["title"] == "</script><script>alert(1)</script>"


def test_something_undefined_is_an_error() -> None:
    environment = RENDERER._environments[Language.EN]

    with pytest.raises(UndefinedError):
        environment.from_string("{{ view.nothing }}").render(view=samples.seats())


def test_what_is_not_a_view_is_refused() -> None:
    with pytest.raises(TypeError, match="Choice is not a view"):
        template_name(samples.units()[0])


def test_no_template_switches_escaping_off() -> None:
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        assert "| safe" not in source, path
        assert "|safe" not in source, path
        assert "autoescape" not in source, path
        assert " style=" not in source, f"{path}: an inline style breaks the content policy"
        assert " onclick" not in source, path
