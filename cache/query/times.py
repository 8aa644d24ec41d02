"""Times and lengths of time as a person writes them, in the person's own zone.

Loaded only when a query speaks of time.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, NamedTuple, NoReturn, TypeAlias

from cache.query.errors import QueryError

__all__ = [
    "Calendar",
    "Length",
    "Span",
    "check_length",
    "check_time",
    "dated",
    "is_relative",
    "read_length",
]

Span: TypeAlias = tuple[float, float]
"""From the first moment to the moment after the last."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MOMENT: Final = -62_135_596_800.0
_ISO: Final = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:t(\d\d):(\d\d)(?::(\d\d))?(z|[+-]\d\d:?\d\d)?)?)?)?", re.ASCII
)
_RELATIVE: Final = re.compile(r"(-?)(\d{1,6})(s|min|h|d|w|mo|y|m)", re.ASCII)
_LENGTH: Final = re.compile(r"(\d{1,9})(?:\.(\d{1,3}))?(s|min|h|d|w|mo|y|m)", re.ASCII)
_SECONDS: Final = {
    "s": 1,
    "min": 60,
    "h": 3600,
    "d": 86_400,
    "w": 7 * 86_400,
    "mo": 30 * 86_400,
    "y": 365 * 86_400,
}
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS: Final = {
    "today": ("d", 0),
    "yesterday": ("d", 1),
    "thisweek": ("w", 0),
    "lastweek": ("w", 1),
    "thismonth": ("mo", 0),
    "lastmonth": ("mo", 1),
    "thisyear": ("y", 0),
    "lastyear": ("y", 1),
    "now": ("min", 0),
}
_SOME_MOMENT: Final = 1_800_000_000.0
"""Any moment will do where only the writing of a time is looked at."""


class Length(NamedTuple):
    """A length of time as written: `1.5h` is 1.5, h and one decimal."""

    amount: float
    unit: str
    decimals: int

    @property
    def seconds(self) -> float:
        """The length where no calendar is near: a month has 30 days, a year 365."""
        return self.amount * _SECONDS[self.unit]

    @property
    def next(self) -> "Length":
        """The length that is one more in its last digit."""
        return Length(round(self.amount + 10**-self.decimals, self.decimals), self.unit, self.decimals)


def is_relative(text: str) -> bool:
    """Whether a time is written as a length, as in `7d`: it tells no point in time."""
    return text[:1] != "-" and _RELATIVE.fullmatch(text.lower()) is not None


def read_length(text: str, column: int) -> Length:
    """Read a length of time. Raises QueryError."""
    found = _LENGTH.fullmatch(text.lower())
    if found is None:
        raise QueryError(column, "not a length of time. Try 90min, 36h, 2d")
    whole, decimals, unit = found.groups()
    _refuse_m(unit, f"{whole}.{decimals}" if decimals else whole, column)
    return Length(float(f"{whole}.{decimals or 0}"), unit, len(decimals or ""))


def check_length(text: str, column: int) -> str:
    """The one spelling of a length. Raises QueryError."""
    read_length(text, column)
    return text.lower()


def check_time(text: str, column: int) -> str:
    """The one spelling of a time. Raises QueryError for what is none."""
    Calendar(_SOME_MOMENT, UTC).spans(text, column)
    return text.upper() if "-" in text[1:] else text.lower()


def dated(text: str) -> tuple[int, int] | None:
    """The first and the last day, counted from 0001-01-01, of an ISO month or day; None for anything else."""
    found = _ISO.fullmatch(text.lower())
    if found is None or found.group(2) is None or found.group(4) is not None:
        return None
    year, month, day = (int(group) if group else 0 for group in found.groups()[:3])
    try:
        first = date(year, month, day or 1)
    except ValueError:
        return None
    return first.toordinal(), first.toordinal() + (0 if day else monthrange(year, month)[1] - 1)


class Calendar:
    """What time it is and where; turns what a person writes into seconds since the epoch.

    What a clock on the wall shows is held as if that clock were in UTC; `_stamp` puts it into the zone.
    """

    def __init__(self, now: float, zone: tzinfo) -> None:
        """Only the minute of `now` (seconds since the epoch) counts, so that answers can be kept."""
        self.now = now // 60 * 60
        self.zone = zone
        self._local = datetime.fromtimestamp(self.now, zone)

    def spans(self, text: str, column: int) -> tuple[Span, ...]:
        """The stretches of time a text names: one, or two when a clock shows its minute twice.

        Raises QueryError when it names none.
        """
        try:
            return self._spans(text.lower(), column)
        except (OverflowError, ValueError, OSError) as error:
            if isinstance(error, QueryError):
                raise
            raise QueryError(column, "this lies outside of the calendar") from error

    def ago(self, length: Length) -> float:
        """The moment that lies a length before now: by the calendar for days and more, else by the clock.

        The first moment of the calendar where it would lie before that.
        """
        if length.unit in ("s", "min", "h") or length.decimals:
            return max(_FIRST_MOMENT, self.now - length.seconds)
        try:
            return self._instant(self._back(int(length.amount), length.unit), last=self._local.fold == 1)
        except (OverflowError, ValueError):
            return _FIRST_MOMENT

    def since(self, text: str) -> float:
        """The beginning of a stretch up to now that is written as a length."""
        found = _RELATIVE.fullmatch(text.lower())
        if found is None:
            raise ValueError(f"{text!r} is no length")
        return self.ago(Length(float(found.group(2)), found.group(3), 0))

    def _spans(self, text: str, column: int) -> tuple[Span, ...]:
        if text in _WORDS:
            unit, amount = _WORDS[text]
            return (self._unit(amount, unit),)
        if text in _WEEKDAYS:
            return (self._unit((self._local.weekday() - _WEEKDAYS.index(text)) % 7, "d"),)
        relative = _RELATIVE.fullmatch(text)
        if relative:
            _refuse_m(relative.group(3), "".join(relative.groups()[:2]), column)
            return (self._unit(int(relative.group(2)), relative.group(3)),)
        iso = _ISO.fullmatch(text)
        if iso is None:
            raise QueryError(column, "not a time. Try 2026-05-22, yesterday, 7d")
        return self._iso(iso, column)

    def _unit(self, amount: int, unit: str) -> Span:
        """The whole unit that lies `amount` of them back."""
        if unit in ("s", "min"):
            start = self.now - amount * _SECONDS[unit]
            return start, start + _SECONDS[unit]
        if unit == "h":
            moment = self.now - amount * 3600
            start = moment - datetime.fromtimestamp(moment, self.zone).minute * 60
            return start, start + 3600
        first = self._back(amount, unit).replace(hour=0, minute=0, second=0)
        if unit == "w":
            first -= timedelta(days=first.weekday())
        elif unit == "mo":
            first = first.replace(day=1)
        elif unit == "y":
            first = first.replace(month=1, day=1)
        return self._period(first, unit)

    def _back(self, amount: int, unit: str) -> datetime:
        """What the clock on the wall showed then, the hour being the same as now."""
        wall = self._local.replace(tzinfo=UTC, fold=0)
        if unit in ("d", "w"):
            return wall - timedelta(days=amount * (7 if unit == "w" else 1))
        months = wall.year * 12 + wall.month - 1 - amount * (12 if unit == "y" else 1)
        year, month = months // 12, months % 12 + 1
        return wall.replace(year=year, month=month, day=min(wall.day, monthrange(year, month)[1]))

    def _period(self, first: datetime, unit: str) -> Span:
        if unit in ("d", "w"):
            after = first + timedelta(days=7 if unit == "w" else 1)
        elif unit == "mo" and first.month < 12:
            after = first.replace(month=first.month + 1)
        else:
            after = first.replace(year=first.year + 1, month=1)
        return self._instant(first), self._instant(after)

    def _iso(self, found: "re.Match[str]", column: int) -> tuple[Span, ...]:
        year, month, day = (int(group) if group else 0 for group in found.groups()[:3])
        if not 1 <= year <= 9998:
            _no_such("year", column)
        if not found.group(2):
            return (self._period(datetime(year, 1, 1, tzinfo=UTC), "y"),)
        if not 1 <= month <= 12:
            _no_such("month", column)
        if not found.group(3):
            return (self._period(datetime(year, month, 1, tzinfo=UTC), "mo"),)
        if not 1 <= day <= monthrange(year, month)[1]:
            _no_such("day", column)
        if not found.group(4):
            return (self._period(datetime(year, month, day, tzinfo=UTC), "d"),)
        hour, minute, second = (int(group) if group else 0 for group in found.groups()[3:6])
        if hour > 23 or minute > 59 or second > 59:
            raise QueryError(column, "not a time of day")
        wall = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        step = 1 if found.group(6) else 60
        if found.group(7):
            start = (wall - _EPOCH).total_seconds() - _offset(found.group(7), column)
            return ((start, start + step),)
        return self._shown(wall, step)

    def _shown(self, wall: datetime, step: int) -> tuple[Span, ...]:
        """When a clock on the wall shows a time: twice if it is put back over it, never if it skips it."""
        early, late = self._stamp(wall, 0), self._stamp(wall, 1)
        if early > late:
            skipped = self._instant(wall)
            return ((skipped, skipped),)
        if early == late:
            return ((early, early + step),)
        return ((early, early + step), (late, late + step))

    def _stamp(self, wall: datetime, fold: int) -> float:
        return (wall.replace(tzinfo=self.zone, fold=fold) - _EPOCH).total_seconds()

    def _instant(self, wall: datetime, *, last: bool = False) -> float:
        """The first moment at which the clock on the wall is at `wall` or has passed it by being put forward.

        `last`: the second one where the clock is put back over it.
        """
        early, late = self._stamp(wall, 0), self._stamp(wall, 1)
        if early <= late:
            return late if last else early
        low, high = late, early  # the clock jumps somewhere between
        while high - low > 1:
            middle = (low + high) // 2
            shown = datetime.fromtimestamp(middle, self.zone).replace(tzinfo=UTC, fold=0)
            low, high = (low, middle) if shown >= wall else (middle, high)
        return high


def _offset(text: str, column: int) -> int:
    if text == "z":
        return 0
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        raise QueryError(column, "not a time of day")
    return (hours * 3600 + minutes * 60) * (-1 if text[0] == "-" else 1)


def _refuse_m(unit: str, amount: str, column: int) -> None:
    if unit == "m":
        raise QueryError(column, f"minutes or months? Write {amount}min or {amount}mo")


def _no_such(what: str, column: int) -> NoReturn:
    raise QueryError(column, f"not a {what} in the calendar")
