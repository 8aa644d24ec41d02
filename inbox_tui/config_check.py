"""Reads values out of a TOML table with one clear sentence for every kind of mistake."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from cache.text import one_line

__all__ = ["LOOPBACK_HOSTS", "ConfigError", "Table", "shown"]

LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_NAME: Final = re.compile(r"[a-z0-9_-]{1,64}")
_KINDS: Final[Mapping[type, str]] = {
    bool: "a true/false value",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


class ConfigError(Exception):
    """A mistake in the configuration. `str(error)` is one sentence that names the file and the key."""


def shown(value: object, limit: int = 200) -> str:
    """A value as messages show it: one clean line without a closing full stop."""
    return one_line(str(value), limit).rstrip(".")


class Table:
    """One TOML table, with the file, the dotted path and the name it has there."""

    def __init__(self, values: Mapping[str, Any], file: str, path: str, name: str = "") -> None:
        self._values = values
        self.file = file
        """The file as messages name it."""
        self._path = path
        self.name = name
        """The last part of the path."""

    def error(self, sentence: str, key: str | None = None) -> ConfigError:
        """An error about this table or one of its keys; `sentence` has no full stop."""
        place = f", [{shown(self._path)}]" if self._path else ""
        return ConfigError(f"{self.file}{place}{f', {shown(key)}' if key else ''}: {sentence}.")

    def name_check(self) -> None:
        """Raises ConfigError unless the table's own name is one a source may have."""
        if not _NAME.fullmatch(self.name):
            raise self.error("the name of a source may hold only a-z, 0-9, _ and -")

    def only(self, known: Iterable[str]) -> None:
        """Raises ConfigError for the first key that is not known, with the nearest one that is."""
        names = tuple(known)
        for key in self._values:
            if key not in names:
                what = "key" if self._path else "table"
                raise self.error(f"unknown {what} {shown(key)}; {_nearest(key, names)}")

    def table(self, key: str) -> Table:
        """A table inside this one, empty when absent."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self._mistyped(key, "a table", value)
        return Table(value, self.file, f"{self._path}.{key}" if self._path else key, key)

    def tables(self, key: str) -> dict[str, Table]:
        """The tables inside a table, by name."""
        outer = self.table(key)
        return {name: outer.table(name) for name in self._values.get(key, {})}

    def text(self, key: str, *, required: bool = False) -> str | None:
        """A text without control characters; an empty one counts as absent unless it is required."""
        value = self._values.get(key)
        if value is None:
            if required:
                raise self.error(f"{key} is missing")
            return None
        if not isinstance(value, str):
            raise self._mistyped(key, "a text", value)
        if any(ord(char) < 0x20 or ord(char) == 0x7F for char in value):
            raise self.error("a control character or line break is not allowed here", key)
        return value if value or required else None

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts, None when absent."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(
            isinstance(each, str) and "\0" not in each for each in value
        ):
            raise self._mistyped(key, "a list of texts", value)
        return tuple(value)

    def choice(self, key: str, known: tuple[str, ...], default: str | None = None) -> str:
        """One of the known words."""
        value = self.text(key, required=default is None)
        if value is None and default is not None and key not in self._values:
            return default
        if value is None or value not in known:
            raise self.error(
                f"{shown(value or '') or 'an empty text'} is unknown; {_nearest(value or '', known)}", key
            )
        return value

    def switch(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._values.get(key, default)
        if not isinstance(value, bool):
            raise self._mistyped(key, "true or false", value)
        return value

    def seconds(self, key: str, default: float, most: float) -> float:
        """A number of seconds, from 1."""
        value = self._values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._mistyped(key, "a number of seconds", value)
        if not 1 <= value <= most:
            raise self.error(f"must be between 1 and {most:.0f} seconds", key)
        return float(value)

    def address(self, key: str, *, loopback_http: bool) -> str | None:
        """An absolute https address; http is for loopback hosts, or for every host of a proxy."""
        value = self.text(key)
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            host, port = parts.hostname or "", parts.port
        except ValueError as exc:
            raise self.error("is not an address", key) from exc
        if not host or not value.isascii() or any(char in value for char in " \\<>\"'`{}|^") or port == 0:
            raise self.error("is not an address such as https://host/path", key)
        if parts.username is not None or parts.password is not None:
            raise self.error("a name or password does not belong in an address here", key)
        if parts.query or parts.fragment or "?" in value or "#" in value:
            raise self.error("may hold nothing after the path", key)
        if parts.scheme == "http" and loopback_http and host not in LOOPBACK_HOSTS:
            raise self.error("must begin with https:// (http is only for this machine)", key)
        if parts.scheme not in {"https", "http"}:
            raise self.error(
                "must begin with https://" if loopback_http else "must begin with http:// or https://", key
            )
        return value

    def _mistyped(self, key: str, wanted: str, value: object) -> ConfigError:
        return self.error(f"must be {wanted}, not {_KINDS.get(type(value), 'a date or time')}", key)


def _nearest(word: str, known: tuple[str, ...]) -> str:
    import difflib  # only when something is misspelt

    near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.0)
    return f"the nearest known one is {near[0]}" if near else "nothing is known here"
