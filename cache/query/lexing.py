"""How the text of a query falls into pieces: fields, words, quotes, operators, ranges."""

import re
from typing import Final, NamedTuple, cast

from cache.query.errors import QueryError
from cache.query.tree import Operator

__all__ = ["FieldName", "Text", "is_pattern", "needs_quotes", "split_range"]

_NAME: Final = re.compile(r"[^\W\d_][\w.]*")
_OPERATOR: Final = re.compile(r"!=|<=|>=|=|<|>")
_BARE: Final = re.compile(r'[^\s"()|]+')
_VALUE: Final = re.compile(r'[^\s"()|,]*')
_TOKEN: Final = re.compile(r'(?:"[^"]*"|[^\s"()|])*')
_PATTERN_FLAGS: Final = frozenset("gi")


class FieldName(NamedTuple):
    """The name before a colon or an operator."""

    name: str
    label: str | None
    """What stands in quotes after `f.` or `meta.`."""
    end: int
    """The position after it."""


class Text:
    """A text that is read from left to right. Positions count from 0, columns of errors from 1."""

    def __init__(self, text: str, *, partial: bool) -> None:
        """`partial`: the person has not finished typing, so a quote may still be open."""
        self.text = text
        self.position = 0
        self._partial = partial
        self._length = len(text)

    @property
    def column(self) -> int:
        """The column of what comes next."""
        return self.position + 1

    def at_end(self) -> bool:
        """Whether nothing but space is left, which is passed over."""
        while self.position < self._length and self.text[self.position].isspace():
            self.position += 1
        return self.position >= self._length

    def peek(self, ahead: int = 0) -> str:
        """The next character, or the one `ahead` of it; empty at the end."""
        at = self.position + ahead
        return self.text[at] if at < self._length else ""

    def bare(self) -> str:
        """The word that comes next, up to a space, quote, bracket or bar; it is not passed over."""
        found = _BARE.match(self.text, self.position)
        return found.group() if found else ""

    def value(self) -> str:
        """The value that comes next, which a comma ends too; it is not passed over."""
        found = _VALUE.match(self.text, self.position)
        return found.group() if found else ""

    def token(self) -> str:
        """Everything up to a space, bracket or bar outside of quotes, in one line."""
        found = _TOKEN.match(self.text, self.position)
        return " ".join(found.group().split()) if found else ""

    def bracketed(self) -> str:
        """What stands between the square bracket here and the closing one, as a comma list."""
        content = self.text[self.position + 1 :].partition("]")[0]
        return ",".join(part.strip() for part in content.split(",") if part.strip())

    def operator(self) -> Operator | None:
        """The operator that comes next, passed over."""
        found = _OPERATOR.match(self.text, self.position)
        if found is None:
            return None
        self.position = found.end()
        return cast("Operator", found.group())

    def quoted(self) -> str:
        """The text between the quote here and the next one, both passed over. Raises QueryError."""
        start = self.position
        closing = self.text.find('"', start + 1)
        if closing < 0:
            if not self._partial:
                raise QueryError(start + 1, "this quote is never closed")
            closing = self._length
        self.position = min(closing + 1, self._length)
        return self.text[start + 1 : closing].strip()

    def field(self) -> FieldName | None:
        """The field name that comes next, not passed over; None where a text begins.

        Raises QueryError for a quote that is never closed.
        """
        found = _NAME.match(self.text, self.position)
        if found is None:
            return None
        name, end, label = found.group(), found.end(), None
        if name.lower() in ("f.", "meta.") and self.text.startswith('"', end):
            before, self.position = self.position, end
            label = self.quoted()
            end, self.position = self.position, before
        if self.text.startswith(":", end):
            return None if self.text.startswith("//", end + 1) else FieldName(name, label, end)
        return FieldName(name, label, end) if _OPERATOR.match(self.text, end) else None


def needs_quotes(text: str) -> bool:
    """Whether a value would be read otherwise if it stood without quotes."""
    found = _VALUE.fullmatch(text)
    return (
        not text
        or found is None
        or "*" in text
        or text[0] in "[<>="
        or text.startswith("!=")
        or is_pattern(text)
    )


def is_pattern(text: str) -> bool:
    """Whether a value looks like a regular expression between slashes."""
    head, slash, flags = text.rpartition("/")
    return bool(slash) and len(head) > 1 and head[0] == "/" and set(flags) <= _PATTERN_FLAGS


def split_range(text: str) -> tuple[str, str] | None:
    """The two ends of `a..b`, either of which may be empty; None for anything else."""
    low, dots, high = text.partition("..")
    return (low, high) if dots else None
