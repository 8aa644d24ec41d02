"""Reads an answer's body without ever holding more of it than agreed, and JSON without surprises."""

from __future__ import annotations

import json
import math
import re
import zlib
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["MAX_BYTES", "BoundedBody", "TextList", "TooBig", "Unreadable", "holds_long_number", "read_json"]

MAX_BYTES: Final = 8 * 1024 * 1024
"""The most an answer may hold, on the wire and unpacked."""

_INT64_MIN: Final = -(2**63)
_INT64_MAX: Final = 2**63 - 1
_BLANK: Final = re.compile(r"[ \t\n\r]*")
_DIGITS_ALIKE: Final = bytes.maketrans(b"123456789", b"0" * 9)
_LONG_NUMBER: Final = b"0" * 19
"""What a number of 64 bits or more contains when its digits are made alike, and little else does."""


class Unreadable(Exception):
    """The body is not what it says it is. The text names the fault and quotes nothing."""


class TooBig(Unreadable):
    """The body is larger or deeper than is read; a smaller page may be readable."""


class BoundedBody:
    """Collects a body chunk by chunk, unpacking gzip and deflate as it comes.

    Unpacking stops at the limit inside a chunk, so a small body that unpacks to gigabytes costs no more
    memory than an honest one.
    """

    def __init__(self, content_encoding: str, limit: int = MAX_BYTES) -> None:
        self._limit = limit
        self._on_wire = 0
        self._parts: list[bytes] = []
        self._size = 0
        self._encoding = content_encoding.strip().lower()
        self._inflate: zlib._Decompress | None = None
        if self._encoding in {"gzip", "x-gzip"}:
            self._inflate = zlib.decompressobj(wbits=31)
        elif self._encoding not in {"", "identity", "deflate"}:
            raise Unreadable("it is packed in a way that was not asked for")

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes from the wire. Raises TooBig or Unreadable."""
        self._on_wire += len(chunk)
        if self._on_wire > self._limit:
            raise TooBig(f"it is larger than {self._limit // 2**20} MB")
        if self._inflate is None:
            if self._encoding != "deflate":
                self._keep(chunk)
                return
            if not chunk:
                return
            # Both a zlib stream and a bare deflate stream go by this name; the first byte tells.
            self._inflate = zlib.decompressobj(wbits=15 if chunk[0] & 0x0F == 8 else -15)
        try:
            unpacked = self._inflate.decompress(chunk, self._limit - self._size + 1)
        except zlib.error as exc:
            raise Unreadable("its packing is damaged") from exc
        self._keep(unpacked)
        if self._inflate.unused_data:
            raise Unreadable("something follows its packed part")

    def finish(self) -> bytes:
        """The whole body. Raises Unreadable when a packed body ends early."""
        if self._inflate is not None and not self._inflate.eof and self._on_wire:
            raise Unreadable("it was cut short")
        return b"".join(self._parts)

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise TooBig(f"it is larger than {self._limit // 2**20} MB")
        self._parts.append(part)


class TextList(list["JSONValue"]):
    """A list that still has the text its items were read from; None where a number was out of range."""

    __slots__ = ("texts",)

    def __init__(self, items: list[JSONValue], texts: list[str | None]) -> None:
        super().__init__(items)
        self.texts = texts


def holds_long_number(body: bytes) -> bool:
    """Whether JSON may hold an integer beyond 64 bits; a wrong yes costs time, a wrong no cannot happen."""
    return _LONG_NUMBER in body.translate(_DIGITS_ALIKE)


def read_json(body: bytes, listed: str = "data") -> JSONValue:
    """Reads JSON as every provider is read: no NaN, and numbers out of range kept as their text.

    Bytes that are not UTF-8 become U+FFFD, so that one of them costs a character and not a page. A list
    under the name `listed` at the top is a `TextList`.
    Raises Unreadable, and TooBig for a value nested deeper than can be read.
    """
    text = body.decode("utf-8", errors="replace").removeprefix("\ufeff")
    reading = _Reading(long_numbers=holds_long_number(body))
    try:
        found = _with_texts(text, listed, reading)
        return reading.decoder.decode(text) if found is None else found
    except RecursionError as exc:
        raise TooBig("it is nested too deeply") from exc
    except ValueError as exc:
        # The library's error holds the whole text, so it does not travel on.
        fault = "it is empty" if not text.strip() else "it is not JSON, or it was cut short"
        raise Unreadable(fault) from (exc if isinstance(exc, _BadConstant) else None)


def _with_texts(text: str, listed: str, reading: _Reading) -> dict[str, JSONValue] | None:
    """The object in `text`, with a TextList under `listed`; None for any other text, broken or not."""
    at = _skip(text, 0)
    if not text.startswith("{", at) or text.startswith("}", _skip(text, at + 1)):
        return None
    found: dict[str, JSONValue] = {}
    read = reading.decoder.raw_decode
    try:
        while text.startswith(",", at) or not found:
            key, at = read(text, _skip(text, at + 1))
            at = _skip(text, at)
            if type(key) is not str or not text.startswith(":", at):
                return None
            at = _skip(text, at + 1)
            if key == listed and text.startswith("[", at):
                found[key], at = _items(text, at, reading)
            else:
                found[key], at = read(text, at)
            at = _skip(text, at)
    except json.JSONDecodeError:
        return None  # told by the one who reads the whole text
    return found if text.startswith("}", at) and _skip(text, at + 1) == len(text) else None


def _items(text: str, at: int, reading: _Reading) -> tuple[TextList, int]:
    """The list that begins at `at`, and where it ends."""
    items: list[JSONValue] = []
    texts: list[str | None] = []
    read = reading.decoder.raw_decode
    if text.startswith("]", _skip(text, at + 1)):
        return TextList(items, texts), _skip(text, at + 1) + 1
    while not items or text.startswith(",", at):
        start = _skip(text, at + 1)
        reading.replaced = False
        item, end = read(text, start)
        items.append(item)
        texts.append(None if reading.replaced else text[start:end])
        at = _skip(text, end)
    if not text.startswith("]", at):
        raise json.JSONDecodeError("the list does not end", "", 0)
    return TextList(items, texts), at + 1


def _skip(text: str, at: int) -> int:
    """Where the blanks from `at` on end."""
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


class _BadConstant(ValueError):
    pass


def _refuse_constant(name: str) -> NoReturn:
    raise _BadConstant(f"{name} is not JSON")


class _Reading:
    """Reads one text, and notices when a number had to be kept as its text."""

    def __init__(self, *, long_numbers: bool) -> None:
        self.replaced = False
        self.decoder = json.JSONDecoder(
            parse_int=self._integer if long_numbers else None,
            parse_float=self._number,
            parse_constant=_refuse_constant,
        )

    def _integer(self, text: str) -> int | str:
        if len(text) < 19:
            return int(text)
        value = int(text) if len(text) <= 20 else None
        if value is not None and _INT64_MIN <= value <= _INT64_MAX:
            return value
        self.replaced = True
        return text

    def _number(self, text: str) -> float | str:
        value = float(text)
        if math.isfinite(value):
            return value
        self.replaced = True
        return text
