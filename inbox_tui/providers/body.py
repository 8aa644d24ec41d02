"""Reads an answer's body without ever holding more of it than agreed, and JSON without surprises."""

from __future__ import annotations

import json
import math
import zlib
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["MAX_BYTES", "BoundedBody", "TooBig", "Unreadable", "read_json"]

MAX_BYTES: Final = 8 * 1024 * 1024
"""The most an answer may hold, on the wire and unpacked."""

_INT64_MIN: Final = -(2**63)
_INT64_MAX: Final = 2**63 - 1


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


def read_json(body: bytes) -> JSONValue:
    """Reads JSON as every provider is read: no NaN, and numbers out of range kept as their text.

    Bytes that are not UTF-8 become U+FFFD, so that one of them costs a character and not a page.
    Raises Unreadable, and TooBig for a value nested deeper than can be read.
    """
    text = body.decode("utf-8", errors="replace").removeprefix("\ufeff")
    try:
        return json.loads(text, parse_int=_integer, parse_float=_number, parse_constant=_refuse_constant)
    except RecursionError as exc:
        raise TooBig("it is nested too deeply") from exc
    except ValueError as exc:
        # The library's error holds the whole text, so it does not travel on.
        fault = "it is empty" if not text.strip() else "it is not JSON, or it was cut short"
        raise Unreadable(fault) from (exc if isinstance(exc, _BadConstant) else None)


class _BadConstant(ValueError):
    pass


def _refuse_constant(name: str) -> NoReturn:
    raise _BadConstant(f"{name} is not JSON")


def _integer(text: str) -> int | str:
    if len(text) > 20:
        return text
    value = int(text)
    return value if _INT64_MIN <= value <= _INT64_MAX else text


def _number(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text
