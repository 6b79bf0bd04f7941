"""What the page's script says: one English sentence for each key, `{name}` for its fields."""

from collections.abc import Mapping

MESSAGES: Mapping[str, str] = {}
