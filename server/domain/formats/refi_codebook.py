"""REFI-QDA codebook (.qdc): the taxonomy as codes, the stages as sets."""

from typing import BinaryIO
from xml.etree.ElementTree import Element

from schemas.session import Language
from server.domain.corpus import Corpus
from server.domain.formats.refi import (
    CODEBOOK,
    ORIGIN,
    add,
    add_codes,
    document,
    guid,
    stage_members,
)


def write(corpus: Corpus, language: Language, out: BinaryIO) -> None:
    """Write the codebook. The schema wants one code at least: a study without any gets one of its name."""
    root = Element("CodeBook", {"xmlns": CODEBOOK, "origin": ORIGIN})
    codes = add(root, "Codes")
    add_codes(codes, corpus, language)
    if len(codes) == 0:
        add(codes, "Code", guid=guid(corpus.study_id, "empty"), name=corpus.title.in_(language) or "-", isCodable="false")  # fmt: skip
    members = stage_members(corpus)
    if members:
        sets = add(root, "Sets")
        for stage, title, entries in members:
            one = add(sets, "Set", guid=guid(stage), name=title or "-")
            for entry in entries:
                add(one, "MemberCode", guid=guid(entry))
    out.write(document(root))
