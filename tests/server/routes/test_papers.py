"""The papers of a session come as DOCX too, with what their pages say."""

import io

import docx
import pytest

from tests.server.house import House
from tests.server.printed import printed


@pytest.mark.parametrize(
    ("paper", "said"),
    [("attendance", ("Wang Fang", "Signature")), ("notice", ("K7QM-20AB", "Flood"))],
)
def test_a_paper_is_a_file_for_moderators_alone(
    app: House, paper: str, said: tuple[str, ...]
) -> None:
    moderator, expert = app.browser(), app.browser("192.0.2.71")
    moderator.sign_in()
    expert.join()

    answer = moderator.get(f"/sessions/session/{paper}.docx")

    document = docx.Document(io.BytesIO(answer.content))
    texts = [one.text for one in document.paragraphs]
    texts += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    for words in said:
        assert words in "\n".join(texts)
    sheet = printed(moderator.get(f"/sessions/session/{paper}.pdf").content)
    for words in said:
        assert "".join(words.split()) in sheet
    for form in ("docx", "pdf"):
        assert expert.get(f"/sessions/session/{paper}.{form}").status_code in (401, 403, 404)
