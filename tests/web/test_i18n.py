"""Everything people read exists in both languages, and every error has its sentence."""

import os
import re
from pathlib import Path
from typing import get_args

import pytest

from schemas.session import Language
from server.domain.query import Reason
from tests.web.error_codes import ROOT, codes, strings
from web import catalogue, i18n
from web.catalogue import TEMPLATES
from web.client_messages import MESSAGES
from web.error_texts import ERRORS, UNKNOWN
from web.i18n import Translator, error_text, translator
from web.words import NOTICE, WORDS

FIELD = re.compile(r"%\(\w+\)s|\{\w+\}")
BARE_ALLOWED = {"Colloquy", "English", "中文", "·", "–", "▶", "›", "‹", ",", ":", "，", "DOCX", "PNG", "SRT", "SVG", "TXT", "WebVTT", "↑", "↓", "×"}  # fmt: skip


def test_every_word_is_found_by_its_key_and_none_is_shown_raw() -> None:
    for language in Language:
        into = translator(language)
        assert [key for key in WORDS if into.text(key) == key] == []


def test_the_chinese_catalogue_is_complete() -> None:
    assert catalogue.untranslated(catalogue.read(Language.ZH)) == []


def test_the_catalogue_holds_exactly_what_is_said() -> None:
    said = {s if isinstance(s, str) else s[0] for s in catalogue.template_sentences()}
    held = {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue.read(Language.ZH) if m.id}

    assert held == said | i18n.sentences()


def test_translations_keep_the_fields_of_their_sentence() -> None:
    for message in catalogue.read(Language.ZH):
        if message.id and isinstance(message.id, str) and isinstance(message.string, str):
            assert sorted(FIELD.findall(message.id)) == sorted(FIELD.findall(message.string)), message.id  # fmt: skip


def test_a_projector_never_speaks_of_votes_or_disputes() -> None:
    for message in catalogue.read(Language.ZH):
        assert not re.search("投票|反对|争议", str(message.string)), message.id


@pytest.mark.parametrize(
    ("key", "chinese"),
    [
        ("kind.problem", "问题"),
        ("kind.solution", "建议方案"),
        ("kind.memo", "备注"),
        ("role.moderator", "主持人"),
        ("stance.live_with", "可以接受"),
        ("stance.object", "有不同意见"),
        ("proposal_state.kept_contested", "保留分歧"),
        ("proposal_state.deferred", "待补充"),
        ("place.taxonomy", "问题清单"),
    ],
)
def test_the_terms_of_the_method_are_fixed(key: str, chinese: str) -> None:
    assert translator(Language.ZH).text(key) == chinese


def test_an_unknown_key_is_an_error_but_a_sentence_stands_for_itself() -> None:
    with pytest.raises(KeyError):
        translator(Language.EN).text("kind.nothing")
    assert translator(Language.ZH).text("Never said before") == "Never said before"


def test_every_error_that_is_raised_has_a_sentence() -> None:
    assert sorted(set(codes()) - set(ERRORS)) == []


def test_every_error_sentence_belongs_to_a_code_that_the_source_names() -> None:
    named = strings() | set(codes())
    named |= {f"archive.query.{reason}" for reason in get_args(Reason)}
    named |= {"assets.not_built", "assets.unreadable", "assets.unknown"}

    assert sorted(set(ERRORS) - named) == []
    assert {f"archive.query.{reason}" for reason in get_args(Reason)} <= set(ERRORS)


def test_error_sentences_only_use_fields_that_the_error_carries() -> None:
    raised = codes()
    for code, sentences in ERRORS.items():
        carried = raised.get(code, {"**"})
        wanted = set(re.findall(r"\{(\w+)\}", " ".join(sentences)))
        assert "**" in carried or wanted <= carried, code


def test_an_unknown_error_names_its_code() -> None:
    sentence, advice = error_text("never.seen", {}, Language.EN)

    assert "never.seen" in sentence
    assert advice == UNKNOWN[1]


def test_a_reason_with_its_own_sentence_refines_an_error() -> None:
    plain, _ = error_text("archive.query", {"at": 3}, Language.EN)
    exact, _ = error_text("archive.query", {"at": 3, "reason": "unclosed_quote"}, Language.EN)

    assert exact == "The quotation mark at character 3 has no partner."
    assert plain != exact


def test_a_field_that_was_not_sent_leaves_a_dash() -> None:
    assert error_text("attempts.too_many", {}, Language.EN)[1] == "Wait – seconds and try again."


def test_script_sentences_keep_their_fields_open() -> None:
    for language in Language:
        sentences = i18n.messages(language)
        assert sentences.keys() == MESSAGES.keys()
        for key, sentence in MESSAGES.items():
            assert set(FIELD.findall(sentence)) == set(FIELD.findall(sentences[key]))


def test_every_notice_says_what_happens_to_the_sound() -> None:
    for audio in ("kept", "deleted", "none"):
        assert len(translator(Language.ZH).notice(audio)) == len(NOTICE[audio]) >= 3


def test_a_stale_build_never_hides_a_changed_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    monkeypatch.setattr(catalogue, "LOCALE", tmp_path)
    po = folder / "messages.po"
    po.write_text('msgid ""\nmsgstr ""\n\nmsgid "Problem"\nmsgstr "旧"\n', encoding="utf-8")
    catalogue.compile_all()
    built = (folder / "messages.mo").stat().st_mtime_ns
    po.write_text(po.read_text(encoding="utf-8").replace("旧", "新"), encoding="utf-8")
    os.utime(po, ns=(built + 10**9, built + 10**9))

    assert Translator(Language.ZH).text("kind.problem") == "新"


def test_no_template_has_bare_text() -> None:
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        source = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
        source = re.sub(r"(\{% block body_class %\}).*?\{%", r"\1{%", source)
        source = re.sub(r"\{%-?\s*trans.*?endtrans\s*-?%\}", "", source, flags=re.DOTALL)
        source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "\n", source, flags=re.DOTALL)
        left = {word for line in source.split("\n") for word in line.split()} - BARE_ALLOWED
        assert left == set(), f"{path.name}: {left}"


@pytest.mark.parametrize("attribute", ["aria-label", "placeholder", "title", "alt"])
def test_no_attribute_that_is_read_out_has_bare_text(attribute: str) -> None:
    for path in TEMPLATES.rglob("*.html"):
        for value in re.findall(rf'\s{attribute}="([^"]*)"', path.read_text(encoding="utf-8")):
            bare = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", value)
            assert not re.search(r"[a-z\u4e00-\u9fff]", bare), f"{path.name}: {value}"


def test_every_word_that_the_server_asks_for_exists() -> None:
    for path in (ROOT / "server").rglob("*.py"):
        for key in re.findall(r'\.text\("([^"{]+)"', path.read_text(encoding="utf-8")):
            assert key in WORDS or " " in key, f"{path.name}: {key}"


def test_a_sentence_may_have_a_field_called_key() -> None:
    assert translator(Language.EN).text("Press {key}.", key="Enter") == "Press Enter."
