"""What stands in the record for a time off it: its length and nothing else."""

from schemas.session import Language


def gap_text(seconds: float, language: Language) -> str:
    """Return the text of a gap's line, in the language of its session.

    It is part of the record like a spoken line, so that every reader, export and print shows it.
    """
    minutes, rest = divmod(max(1, round(seconds)), 60)
    if language is Language.ZH:
        return "未记录，" + (f"{minutes} 分 {rest} 秒。" if minutes else f"{rest} 秒。")
    return "Off the record, " + (f"{minutes} min {rest} s." if minutes else f"{rest} s.")
