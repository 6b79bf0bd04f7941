"""The words of stages 1 and 2: sources, questionnaires, succession, inheritance."""

from collections.abc import Mapping

STAGE_WORDS: Mapping[str, str] = {
    "source.list": "Sources",
    "source.col_title": "Title",
    "source.col_issuer": "Issued by",
    "source.col_level": "Issuing level",
    "source.col_year": "Year",
    "source.col_topic": "Topic",
    "source.col_targets": "Targets",
    "passage.number": "¶ {number}",
}
