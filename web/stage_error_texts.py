"""What people read when something of stages 1 and 2 was refused."""

from collections.abc import Mapping

_RELOAD = "Reload the page and try again."
_CHOOSE = "Choose another file, or paste the text."

STAGE_ERRORS: Mapping[str, tuple[str, str]] = {
    "source.unknown": ("This source does not exist, or not for you.", "Look at the address."),
    "source.title": ("The title is missing.", "Give the document its title."),
    "source.long": ("A text is longer than 500 characters.", "Shorten it."),
    "source.url": ("The address must begin with http:// or https://.", ""),
    "source.year": ("The year must have four digits.", ""),
    "source.known": ("A source with this title and year is here already.", ""),
    "source.columns": ("The first row must name a column “title”.", "Name the columns as the page says."),
    "source.no_stage": ("The study has no stage that the source could belong to.", "Add a stage first."),
    "passage.unknown": ("This passage does not exist, or not for you.", "Look at the address."),
    "passage.note_unknown": ("This note is not there, or it is not yours.", _RELOAD),
    "passage.none": ("There is no text to cut into passages.", "Choose a file, or paste the text."),
    "passage.too_many": ("The document has more than {most} passages.", "Bring it in by parts."),
    "passage.choose": ("No passage is chosen.", "Go back, tick one or more passages and try again."),
    "passage.note": ("The note is empty or longer than {most} characters.", "Go back and write it again."),
    "questionnaire.unknown": ("This questionnaire does not exist, or not for you.", "Look at the address."),
    "questionnaire.title": ("The questionnaire needs a title of at most 600 characters.", ""),
    "questionnaire.intro": ("The introduction is too long.", "Shorten it."),
    "questionnaire.cities": ("At most {most} cities can be compared with, each with a name of at most 60 characters.", ""),
    "questionnaire.due": ("The date must be written like 2026-03-31.", ""),
    "questionnaire.opened": ("The units can answer already; the questions stay as they are.", "Prepare another questionnaire for further questions."),
    "questionnaire.no_questions": ("The questionnaire has no question yet.", "Write one and save it first."),
    "question.row": ("The question in row {row} is empty or too long, or its theme is gone.", ""),
    "question.rows": ("A questionnaire has at most {most} questions.", ""),
    "question.unknown": ("Your unit is not asked this question.", _RELOAD),
    "response.unknown": ("This sheet does not exist, or not for you.", "Open it by the link of your unit."),
    "response.closed": ("The answers can no longer be changed.", "Ask the study to reopen them."),
    "response.reason": ("Reopening needs a reason of at most 600 characters.", ""),
    "response.name": ("Say who releases the answers, at most 80 characters.", ""),
    "response.not_released": ("This unit has not released its answers.", _RELOAD),
    "response.empty": ("Nothing has been answered yet.", "Answer at least one question, then release."),
    "answer.version": ("A colleague has changed this answer meanwhile. Nothing was written over.", "Compare what stands there now with what you wrote."),
    "answer.too_long": ("The answer is longer than {most} characters.", "Shorten it."),
    "file.empty": ("The file is empty.", _CHOOSE),
    "file.too_large": ("The file is larger than {most_mb} MB.", "Bring it in by parts, or paste the text."),
    "file.kind": ("This is neither text nor Markdown, DOCX or PDF.", _CHOOSE),
    "file.old_word": ("This is a file of an old Word (.doc).", "Save it as .docx and choose it again."),
    "file.broken": ("The file is damaged and cannot be read.", _CHOOSE),
    "file.encrypted": ("The file is protected by a password.", "Save it without a password and choose it again."),
    "file.too_much": ("Reading this file takes too much time or memory.", "Bring it in by parts, or paste the text."),
    "file.no_text": ("The file has no text: perhaps its pages are pictures.", "Let a program recognise the text first, or paste it."),
}  # fmt: skip
