"""Key names as people write them, and their translation from the names Textual uses."""

import unicodedata
from typing import Final

__all__ = [
    "BANNED_KEYS",
    "EDITING_KEYS",
    "NAMED_KEYS",
    "key_from_textual",
    "known_key_words",
    "parse_key",
    "types_text",
]

NAMED_KEYS: Final[frozenset[str]] = frozenset(
    {"up", "down", "left", "right", "home", "end", "insert", "delete", "pageup", "pagedown"}
    | {"tab", "enter", "escape", "space", "backspace"}
    | {f"f{number}" for number in range(1, 25)}
)
"""Keys that have a word instead of a character."""

BANNED_KEYS: Final[dict[str, str]] = {
    "ctrl+i": "terminals send it as tab",
    "ctrl+m": "terminals send it as enter",
    "ctrl+h": "terminals send it as backspace",
    "ctrl+[": "terminals send it as escape",
    "ctrl+s": "many terminals stop their output on it",
    "ctrl+c": "it copies or interrupts",
    "alt+enter": "many terminals send it as enter or use it themselves",
}
"""Keys no command can be put on, each with the reason."""

EDITING_KEYS: Final[frozenset[str]] = frozenset(
    {f"{modifiers}{key}" for key in ("left", "right") for modifiers in ("", "shift+", "ctrl+", "ctrl+shift+")}
    | {"home", "end", "shift+home", "shift+end", "delete", "backspace", "ctrl+backspace", "alt+backspace"}
    | {f"ctrl+{letter}" for letter in "adefjkuvwx"}
    | {"ctrl+shift+a"}
)
"""Keys that edit a line of text; while an input has the focus they belong to it."""

_MODIFIERS: Final = ("alt", "ctrl", "shift")

_WORDS: Final[dict[str, str]] = {
    "exclamation_mark": "!",
    "quotation_mark": '"',
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "ampersand": "&",
    "apostrophe": "'",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "asterisk": "*",
    "plus": "+",
    "comma": ",",
    "minus": "-",
    "full_stop": ".",
    "slash": "/",
    "colon": ":",
    "semicolon": ";",
    "less_than_sign": "<",
    "equals_sign": "=",
    "greater_than_sign": ">",
    "question_mark": "?",
    "at": "@",
    "left_square_bracket": "[",
    "backslash": "\\",
    "right_square_bracket": "]",
    "circumflex_accent": "^",
    "underscore": "_",
    "grave_accent": "`",
    "left_curly_bracket": "{",
    "vertical_line": "|",
    "right_curly_bracket": "}",
    "tilde": "~",
}
_CHARACTERS: Final[dict[str, str]] = {character: word for word, character in _WORDS.items()}

_OTHER_SPELLINGS: Final[dict[str, str]] = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "exclamation": "!",
    "dollar": "$",
    "question": "?",
    "period": ".",
    "dot": ".",
    "equals": "=",
    "equal": "=",
    "hyphen": "-",
}


def parse_key(text: str) -> str | None:
    """Turn one key as a person wrote it into its canonical name, or None when there is no such key.

    Modifiers are `alt`, `ctrl` and `shift`, in any order and case. A letter with shift is the capital
    letter; with ctrl its case does not matter. Symbols may be written as themselves or by name (`plus`).
    """
    modifiers, base = _split(text)
    if modifiers is None:
        return None
    if len(base) > 1:
        word = base.lower()
        word = _OTHER_SPELLINGS.get(word, _WORDS.get(word, word))
        if word not in NAMED_KEYS and word not in _CHARACTERS:
            return None
        base = word
    elif not _is_typable(base):
        return None
    return _assemble(modifiers, base)


def key_from_textual(key: str, character: str | None = None) -> str:
    """Give the canonical name of a Textual key event (`event.key`, `event.character`).

    A name that is not known is returned as it came: no command can be bound to it.
    """
    if "+" not in key and character and _is_typable(character):
        return character
    *modifiers, base = key.split("+")
    base = _WORDS.get(base, base)
    if base.startswith("upper_") and len(base) == len("upper_") + 1:
        base = base[-1].upper()
    if len(base) > 1 and base not in NAMED_KEYS:
        base = _character_named(base) or base
    if base and set(modifiers) <= set(_MODIFIERS):
        return _assemble(set(modifiers), base) or key
    return key


def known_key_words() -> tuple[str, ...]:
    """List every word a key may be written as, for suggestions."""
    return tuple(sorted(NAMED_KEYS | _WORDS.keys() | _OTHER_SPELLINGS.keys()))


def types_text(key: str) -> bool:
    """Tell whether a canonical key writes or edits text when an input has the focus."""
    return len(key) == 1 or key in ("space", "shift+space") or key in EDITING_KEYS


def _split(text: str) -> tuple[set[str] | None, str]:
    """Take `ctrl+shift+x` apart; the modifiers are None when one of them is unknown or missing."""
    if len(text) < 2:
        return (set() if text else None), text
    head, plus, base = text[:-1].rpartition("+")
    base += text[-1]
    if not plus:
        return set(), base
    modifiers = {part.lower() for part in head.split("+")}
    return (modifiers if modifiers <= set(_MODIFIERS) else None), base


def _assemble(modifiers: set[str], base: str) -> str | None:
    """Put modifiers and base into the one canonical spelling, or None when no terminal can tell it apart."""
    modifiers = set(modifiers)
    if len(base) == 1:
        if "ctrl" in modifiers:
            base = base.lower() if base.isascii() else base
        elif "shift" in modifiers:
            if not base.isalpha() or len(base.upper()) != 1:
                return None
            modifiers.discard("shift")
            base = base.upper()
    return "+".join([*sorted(modifiers), base])


def _is_typable(character: str) -> bool:
    if len(character) != 1 or character.isspace() or not character.isprintable():
        return False
    word = _word_for(character)
    return word == character or _WORDS.get(word, _character_named(word)) == character


def _word_for(base: str) -> str:
    """Name a character as Textual does: its Unicode name in lower case, unless it is a letter or digit."""
    if len(base) != 1 or base.isalnum():
        return base
    if base in _CHARACTERS:
        return _CHARACTERS[base]
    return unicodedata.name(base, base).lower().replace("-", "_").replace(" ", "_")


def _character_named(word: str) -> str | None:
    try:
        character = unicodedata.lookup(word.replace("_", " "))
    except KeyError:
        return None
    return character if len(character) == 1 else None
