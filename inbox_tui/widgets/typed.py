"""Which keys are text."""

import unicodedata
from typing import Final

from textual import events

__all__ = ["typed_character"]

_JOINING: Final = "\u200c\u200d\ufe0e\ufe0f"
"""The two joiners, which Persian, the Indic scripts and emoji families need, and the two emoji selectors."""


def typed_character(event: events.Key) -> str | None:
    """The character a key types, None when it types none.

    More than what Python calls printable: joiners are text, and so are blanks of other widths, such as
    the one that Japanese input methods write.
    """
    character = event.character
    if character is None or len(character) != 1:
        return None
    is_text = character.isprintable() or character in _JOINING or unicodedata.category(character) == "Zs"
    return character if is_text else None
