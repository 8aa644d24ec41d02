"""Packs: submissions in a file, exactly as their sources told them, so that another local copy can take them.

A pack is UTF-8 text, one JSON object a line, and ends with a line break:

* first what the pack is: `{"format": "inbox-tui pack", "version": 1, "made_at": TIME, "sources": [SOURCE]}`,
  a SOURCE being `{"name", "provider", "account_id", "account_name", "containers", "members"}`;
* then a line for each submission, `{"source": NAME, "seen_at": TIME, "triage": TRIAGE, "raw": RAW}`: RAW is
  the provider's own JSON, character for character; TRIAGE is there only where the provider stores none, and
  holds `{FIELD: {"value": VALUE, "at": TIME}}` for what was set on this machine. A RAW with a line break in
  it is written as a string under `raw_text`;
* last how many they were: `{"end": COUNT}`. A pack without this line was cut short.

Nothing here touches the local copy.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import BinaryIO, Final, NoReturn

from cache.models import TRIAGE_FIELDS, Container, JSONValue, Member, TriageField
from cache.outbox.ledger import Kept
from cache.text import scrub
from inbox_tui.output import utc_time
from inbox_tui.providers.items import clean_item, is_within_bounds, parse_time

__all__ = [
    "FORMAT",
    "VERSION",
    "BadPack",
    "BadRow",
    "PackReader",
    "PackRow",
    "PackSource",
    "end_line",
    "header_line",
    "row_line",
]

FORMAT: Final = "inbox-tui pack"
VERSION: Final = 1
MAX_LINE: Final = 16 * 1024 * 1024
"""Bytes of the longest line that is read."""
_MOST_NAMES: Final = 100_000
_MAX_NAME: Final = 500
_RAW_MARK: Final = ',"raw":'


class BadPack(ValueError):
    """A file that is no pack, or none that can be read here. `str(error)` says why in a sentence."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is no submission; `reason` holds nothing a person wrote."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class PackSource:
    """A source whose submissions are in a pack, and what its submissions refer to by id."""

    name: str
    provider: str
    account_id: str | None = None
    """Whose data it is, None when that was never asked."""
    account_name: str | None = None
    containers: tuple[Container, ...] = ()
    members: tuple[Member, ...] = ()

    @property
    def is_nameless(self) -> bool:
        """Whether its system does not tell whose account a key opens; what is known of it stands for it."""
        return self.account_id == self.provider

    @property
    def container_ids(self) -> frozenset[str]:
        """What its submissions came through."""
        return frozenset(each.id for each in self.containers)


@dataclass(frozen=True, slots=True)
class PackRow:
    """One submission of a pack."""

    line: int
    source: str
    raw: str
    """The provider's JSON text, within the bounds of what is stored."""
    seen_at: int
    """When its source last showed it, in seconds since the epoch."""
    triage: tuple[Kept, ...] = ()
    """What was set where the provider stores no triage."""


def header_line(sources: Sequence[PackSource], made_at: float) -> str:
    """The first line; `made_at` in seconds since the epoch."""
    told = [
        {
            "name": source.name,
            "provider": source.provider,
            "account_id": source.account_id,
            "account_name": source.account_name,
            "containers": [{"id": each.id, "name": each.name} for each in source.containers],
            "members": [
                {"user_id": each.user_id, "name": each.name, "role": each.role} for each in source.members
            ],
        }
        for source in sources
    ]
    return _line({"format": FORMAT, "version": VERSION, "made_at": utc_time(made_at), "sources": told})


def row_line(source: str, raw: str, seen_at: float, triage: Sequence[Kept] = ()) -> str:
    """The line of a submission; `seen_at` in seconds since the epoch."""
    told: dict[str, JSONValue] = {"source": source, "seen_at": utc_time(seen_at)}
    if triage:
        kept = sorted(triage, key=lambda item: TRIAGE_FIELDS.index(item.field))
        told["triage"] = {item.field: {"value": item.value, "at": utc_time(item.at)} for item in kept}
    if "\n" in raw or "\r" in raw:
        return _line({**told, "raw_text": raw})
    return f"{_text(told)[:-1]}{_RAW_MARK}{raw}}}\n"


def end_line(count: int) -> str:
    """The last line."""
    return _line({"end": count})


class PackReader:
    """Reads a pack line by line. Raises BadPack when it cannot begin."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.made_at = 0
        """When it was written, in seconds since the epoch."""
        self.sources: Mapping[str, PackSource] = {}
        """The sources whose submissions it may hold, by name."""
        self.met = 0
        """How many lines were read that are submissions or should be."""
        self.announced: int | None = None
        """How many submissions the end says there are, None while it was not reached."""
        self._is_last = True
        self._read_header()

    @property
    def complete(self) -> bool:
        """Whether the end was reached, as many submissions were met as it says, and nothing follows it."""
        return self.announced == self.met and self._is_last

    def rows(self) -> Iterator[PackRow | BadRow]:
        """Every submission in the order of the file, once; a line that is none is a BadRow."""
        for number, line in self._lines():
            row = self._row(number, line)
            if isinstance(row, int):
                self.announced = row
                for after, _ in self._lines(number + 1):
                    self._is_last = False
                    yield BadRow(after, "something follows the end of the pack")
                    break
                return
            self.met += 1
            yield row

    def _lines(self, first: int = 2) -> Iterator[tuple[int, bytes | None]]:
        """Each line that is not blank with its number, None for one that is too long."""
        number = first
        while line := self._stream.readline(MAX_LINE + 1):
            whole: bytes | None = line
            while len(line) > MAX_LINE and not line.endswith(b"\n"):
                whole = None
                line = self._stream.readline(MAX_LINE + 1)
            if whole is None or not whole.isspace():
                yield number, whole
            number += 1

    def _read_header(self) -> None:
        first = self._stream.readline(MAX_LINE + 1)
        if not first:
            raise BadPack("it is empty.")
        try:
            header = _DECODER.decode(first.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            header = None
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise BadPack("line 1: this is no pack. `inbox-tui export --format pack` writes one.")
        version = header.get("version")
        if type(version) is int and version > VERSION:
            raise BadPack(
                f"line 1: a newer version of inbox-tui wrote it (format {version}, this one reads {VERSION})."
                " Update inbox-tui."
            )
        made_at, sources = parse_time(header.get("made_at")), _sources(header.get("sources"))
        if version != VERSION or made_at is None or sources is None:
            raise BadPack("line 1: the head of the pack is damaged.")
        self.made_at = int(made_at.timestamp())
        self.sources = {source.name: source for source in sources}

    def _row(self, number: int, line: bytes | None) -> PackRow | BadRow | int:
        """A submission, or how many there should have been when this is the end."""
        if line is None:
            return BadRow(number, f"longer than {MAX_LINE // 2**20} MB")
        try:
            head, raw, value = _split(line.decode("utf-8").rstrip("\r\n"))
            if raw is None and type(head.get("end")) is int:
                return int(head["end"])
            return self._checked(number, head, raw, value)
        except UnicodeDecodeError:
            return BadRow(number, "not UTF-8")
        except RecursionError:
            return BadRow(number, "nested too deeply")
        except json.JSONDecodeError:
            return BadRow(number, "not JSON" if line.endswith(b"\n") else "cut short")
        except ValueError as error:  # BadItem among them
            return BadRow(number, str(error))

    def _checked(
        self, number: int, head: Mapping[str, JSONValue], raw: str | None, value: JSONValue
    ) -> PackRow:
        source = head.get("source")
        if not isinstance(source, str) or source not in self.sources:
            raise ValueError("of a source that line 1 does not name")
        if raw is None or not isinstance(value, dict):
            raise ValueError("without the provider's JSON")
        seen_at = _seconds(head["seen_at"]) if "seen_at" in head else self.made_at
        triage = _triage(head["triage"]) if "triage" in head else ()
        return PackRow(number, source, _within_bounds(raw, value), seen_at, triage)


def _split(text: str) -> tuple[Mapping[str, JSONValue], str | None, JSONValue]:
    """What stands before the provider's JSON, that JSON's text, and what it says. Raises ValueError."""
    before, mark, after = text.partition(_RAW_MARK)
    if mark and after.endswith("}"):
        try:
            head, value = _head(before), _DECODER.decode(after[:-1])
        except json.JSONDecodeError:
            pass  # written by another hand
        else:
            return head, after[:-1], value
    whole = _DECODER.decode(text)
    if not isinstance(whole, dict):
        raise ValueError("not an object")
    if isinstance(whole.get("raw_text"), str):
        return whole, scrub(whole["raw_text"]), _DECODER.decode(whole["raw_text"])
    if "raw" in whole:
        return whole, scrub(json.dumps(whole["raw"], ensure_ascii=False, separators=(",", ":"))), whole["raw"]
    return whole, None, None


@lru_cache(maxsize=256)
def _head(before: str) -> Mapping[str, JSONValue]:
    """What stands before the provider's JSON; the same for many lines in a row."""
    head = _DECODER.decode(before + "}")
    if not isinstance(head, dict):
        raise ValueError("not an object")
    return head


def _within_bounds(raw: str, value: dict[str, JSONValue]) -> str:
    """The text as it may be stored: as it is, which is nearly always, else without what is out of bounds."""
    if is_within_bounds(raw.encode()):
        return raw
    cleaned: dict[str, JSONValue]
    if "id" not in value and isinstance(value.get("item"), dict):  # see inbox_tui.providers.wrapped
        cleaned = {name: clean_item(inner) for name, inner in value.items() if isinstance(inner, dict)}
        unchanged = all(cleaned.get(name) is inner for name, inner in value.items())
    else:
        cleaned = clean_item(value)
        unchanged = cleaned is value
    if unchanged:
        return raw
    return scrub(json.dumps(cleaned, ensure_ascii=False, separators=(",", ":")))


def _triage(told: JSONValue) -> tuple[Kept, ...]:
    if not isinstance(told, dict):
        raise ValueError("with unreadable triage")
    return tuple(_kept(name, told[name]) for name in TRIAGE_FIELDS if name in told)


def _kept(field: TriageField, told: JSONValue) -> Kept:
    if not isinstance(told, dict) or "value" not in told:
        raise ValueError("with unreadable triage")
    value = told["value"]
    if field == "flagged":
        fits = isinstance(value, bool)
    elif field in ("status", "priority"):
        fits = isinstance(value, str) and 0 < len(value) <= _MAX_NAME
    else:
        fits = value is None or isinstance(value, str)
    if not fits:
        raise ValueError("with unreadable triage")
    return Kept(field, scrub(value) if isinstance(value, str) else value, _seconds(told.get("at")))


def _sources(told: JSONValue) -> list[PackSource] | None:
    """The sources of the first line, None when they cannot be read."""
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        return None
    found = []
    for each in told:
        name, provider = _name(each.get("name")), _name(each.get("provider"))
        if name is None or provider is None:
            return None
        found.append(
            PackSource(
                name,
                provider,
                _name(each.get("account_id")),
                _name(each.get("account_name")),
                tuple(
                    Container(name, identifier, called)
                    for item in _objects(each.get("containers"))
                    if (identifier := _name(item.get("id"))) and (called := _name(item.get("name")))
                ),
                tuple(
                    Member(name, identifier, called, _name(item.get("role")))
                    for item in _objects(each.get("members"))
                    if (identifier := _name(item.get("user_id"))) and (called := _name(item.get("name")))
                ),
            )
        )
    return found


def _objects(told: JSONValue) -> list[dict[str, JSONValue]]:
    listed = told[:_MOST_NAMES] if isinstance(told, list) else []
    return [each for each in listed if isinstance(each, dict)]


def _name(told: JSONValue) -> str | None:
    return scrub(told) if isinstance(told, str) and 0 < len(told) <= _MAX_NAME else None


@lru_cache(maxsize=256)
def _second(text: str) -> int | None:
    moment = parse_time(text)
    return None if moment is None else int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


def _seconds(told: JSONValue) -> int:
    found = _second(told) if isinstance(told, str) else None
    if found is None:
        raise ValueError("with an unreadable time")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


def _text(value: Mapping[str, JSONValue]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _line(value: Mapping[str, JSONValue]) -> str:
    return _text(value) + "\n"
