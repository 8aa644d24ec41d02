"""Answers in the visitor's language, translated, or both beside each other."""

from collections.abc import Sequence
from typing import Final

from cache.models import Field, JSONValue, Submission
from cache.text import one_line
from inbox_tui.drawing.context import NAME_LIMIT, VALUE_LINES, Setting
from inbox_tui.drawing.lines import Line, Piece, columns, heading, pair, said, sign_piece
from inbox_tui.drawing.told import no_translation
from inbox_tui.drawing.values import answer_lines, is_empty

__all__ = ["language_heading", "language_name", "untranslated", "value_lines"]

_GAP: Final = 2
_LEAST_COLUMN: Final = 20
"""Cells that each of two texts needs to stand beside the other."""
_NAMES: Final = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "nb": "Norwegian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sr": "Serbian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def language_name(code: str | None) -> str | None:
    """The name of a language with its code, `Japanese (ja)`; a code that is not known stands alone."""
    shown = one_line(code or "", NAME_LIMIT)
    name = _NAMES.get(shown.replace("_", "-").partition("-")[0].lower())
    return (f"{name} ({shown})" if name else shown) or None


def language_heading(submission: Submission, setting: Setting) -> list[Line]:
    """Which language the answers below are in, and what `L` shows next; why there is no translation."""
    original = language_name(submission.language) or "the visitor's language"
    if not submission.translation:
        if setting.language == "original":
            return []
        return said(f"this is the original: {no_translation(submission)}", setting.cells)
    match setting.language:
        case "original":
            return said(f"in {original}; L shows the translation", setting.cells)
        case "translation":
            return said(f"translated from {original}; L shows both", setting.cells)
    lines = said(f"{original} and its translation; L shows the original alone", setting.cells)
    if width := _column(setting):
        names = [[heading("Original")], [heading("Translation")]]
        lines += pair("", columns(names, width, _GAP), setting.label_width)
    return lines


def value_lines(
    field: Field, submission: Submission, setting: Setting, limit: int = VALUE_LINES
) -> list[Line]:
    """An answer in the wanted language; where it has no translation of its own, as it was given."""
    other = _translation(field, submission)
    if other is None or setting.language == "original":
        return answer_lines(field.value, setting, limit=limit)
    if setting.language == "translation":
        return answer_lines(other, setting, limit=limit)
    if width := _column(setting):
        texts = [answer_lines(value, setting, limit=limit, width=width) for value in (field.value, other)]
        return columns(texts, width, _GAP)
    half, sign = max(1, limit // 2), setting.signs.translated
    below = answer_lines(other, setting, limit=half, width=setting.value_width - 2)
    return [
        *answer_lines(field.value, setting, limit=half),
        *((sign_piece(sign) if at == 0 else Piece(" "), Piece(" "), *line) for at, line in enumerate(below)),
    ]


def untranslated(fields: Sequence[Field], submission: Submission, setting: Setting) -> list[Field]:
    """The answers that stand in the visitor's language although a translation is wanted."""
    held = submission.translation
    if setting.language == "original" or not held:
        return []
    return [
        field
        for field in fields
        if isinstance(field.value, str) and not is_empty(field.value) and is_empty(held.get(field.key))
    ]


def _translation(field: Field, submission: Submission) -> JSONValue:
    """An answer's translation, None where there is none or it says the same."""
    found = submission.translation.get(field.key) if submission.translation else None
    return None if is_empty(found) or found == field.value else found


def _column(setting: Setting) -> int:
    """The width of each of two texts beside each other; 0 where there is no room for that."""
    width = (setting.value_width - _GAP) // 2
    return width if width >= _LEAST_COLUMN else 0
