"""How ages, times, numbers and names of values are written, and how text is fitted into terminal cells.

Nothing here depends on the locale, and nothing reads the clock: the present moment is an argument, in
seconds since the epoch.
"""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final

from rich import cells as rich_cells

from cache.text import one_line

__all__ = [
    "age",
    "age_or_date",
    "cell_cut",
    "cell_fit",
    "cell_len",
    "cell_pad",
    "priority_name",
    "short_date",
    "short_time",
    "status_name",
    "thousands",
]

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_WEEK: Final = 7 * _DAY
AGE_LIMIT: Final = 5 * _WEEK
"""From this age on, in seconds, a date says more than a number of weeks."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNKNOWN_TIME: Final = "?"
_STATUS_NAMES: Final = {
    "new": "new",
    "read": "read",
    "in_progress": "in progress",
    "resolved": "resolved",
    "spam": "spam",
}
_PRIORITY_NAMES: Final = {"none": "none", "low": "low", "medium": "medium", "high": "high"}


def age(seconds: float) -> str:
    """A duration in its largest whole unit: `42s`, `5m`, `3h`, `6d`, `11w`. A negative one is `0s`."""
    whole = max(0, int(seconds))
    for size, letter in ((_WEEK, "w"), (_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if whole >= size:
            return f"{whole // size}{letter}"
    return f"{whole}s"


def age_or_date(epoch: float, now: float, tz: tzinfo) -> str:
    """How long ago a moment is, in at most six cells: an age, then `22 May`, then the year."""
    if now - epoch < AGE_LIMIT:
        return age(now - epoch)
    then, present = _date(epoch, tz), _date(now, tz)
    if then is None or present is None:
        return _UNKNOWN_TIME
    return then[1] if then[0] == present[0] else f"{then[0]:04d}"


def short_date(epoch: float, now: float, tz: tzinfo) -> str:
    """The day of a moment: `22 May`, or `22 May 2024` when it is not in the present year."""
    then, present = _local(epoch, tz), _local(now, tz)
    if then is None or present is None:
        return _UNKNOWN_TIME
    return _day(then) if then.year == present.year else f"{_day(then)} {then.year:04d}"


def short_time(epoch: float, now: float, tz: tzinfo) -> str:
    """A moment as a person reads it: `22 May 09:14`, or `22 May 2024 09:14` when not of this year."""
    then = _local(epoch, tz)
    if then is None:
        return _UNKNOWN_TIME
    return f"{short_date(epoch, now, tz)} {then.hour:02d}:{then.minute:02d}"


def thousands(number: int) -> str:
    """A whole number with commas: `1,284`."""
    return f"{number:,}"


def status_name(value: str) -> str:
    """A status in words; an unknown one as the provider wrote it, made displayable."""
    return _STATUS_NAMES.get(value) or one_line(value, 40) or "?"


def priority_name(value: str) -> str:
    """A priority in words; an unknown one as the provider wrote it, made displayable."""
    return _PRIORITY_NAMES.get(value) or one_line(value, 40) or "?"


def cell_len(text: str) -> int:
    """How many terminal cells `text`, already displayable, takes."""
    return len(text) if text.isascii() else rich_cells.cell_len(text)


def cell_cut(text: str, cells: int, ellipsis: str = "…") -> str:
    """`text`, already displayable, in at most `cells` terminal cells; what was cut ends in `ellipsis`.

    Never cuts a wide character or a cluster of characters in two.
    """
    return _cut(text, cells, ellipsis)[0]


def cell_pad(text: str, cells: int, *, right: bool = False) -> str:
    """`text` filled with blanks to `cells` terminal cells, before it when `right`; longer text as it is."""
    return _filled(text, cells - cell_len(text), right=right)


def cell_fit(text: str, cells: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """`text` in exactly `cells` terminal cells: cut if it is too long, filled if it is too short."""
    text, used = _cut(text, cells, ellipsis)
    return _filled(text, cells - used, right=right)


def _filled(text: str, blanks: int, *, right: bool) -> str:
    return " " * blanks + text if right else text + " " * blanks


def _cut(text: str, cells: int, ellipsis: str) -> tuple[str, int]:
    """What `cell_cut` gives, and how many cells it takes: measuring that again costs as much as cutting."""
    if cells <= 0:
        return "", 0
    is_plain = len(text) > cells and text[: cells + 1].isascii()  # then the rest need not be looked at
    if not is_plain and (used := cell_len(text)) <= cells:
        return text, used
    dots = cell_len(ellipsis)
    room = cells - dots
    if room <= 0:
        return (ellipsis, dots) if room == 0 else ("", 0)
    kept, used = (text[:room], room) if is_plain else _beginning(text, room)
    bare = kept.rstrip(" ")
    return bare + ellipsis, used - (len(kept) - len(bare)) + dots


def _beginning(text: str, cells: int) -> tuple[str, int]:
    """The longest beginning of a longer text that takes at most so many cells, and how many it takes."""
    # A cluster of clean text is short: what lies behind sixteen characters a cell cannot fit, most often two.
    end = used = 0
    for most in (2 * (cells + 2), 16 * (cells + 2)):
        end = used = 0
        for _, stop, width in rich_cells.split_graphemes(text[:most])[0]:
            if used + width > cells:
                return text[:end], used
            end, used = stop, used + width
    return text[:end], used


def _local(epoch: float, tz: tzinfo) -> datetime | None:
    """The moment in a zone; None when it lies outside the years 1 to 9999."""
    try:
        return datetime.fromtimestamp(epoch, UTC).astimezone(tz)
    except (OverflowError, ValueError, OSError):
        return None


@lru_cache(maxsize=1024)
def _date(epoch: float, tz: tzinfo) -> tuple[int, str] | None:
    """The year and the day of a moment. The same rows are drawn again and again."""
    moment = _local(epoch, tz)
    return None if moment is None else (moment.year, _day(moment))


def _day(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]}"
