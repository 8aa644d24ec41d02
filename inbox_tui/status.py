"""What the status bar says: a frozen model of it, and the pure choice of words that fit a width."""

import enum
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final, Literal

from rich.cells import cell_len

from cache.text import one_line
from inbox_tui.format import age, short_date, short_time, thousands
from inbox_tui.signs import SignSet

__all__ = [
    "SEPARATOR",
    "ConnectionState",
    "Notice",
    "Severity",
    "SourceLine",
    "StatusModel",
    "status_segments",
]

SEPARATOR: Final = " | "
"""Stands between two segments."""

Severity = Literal["info", "warning", "error"]

_LOW_BUDGET: Final = 0.2
"""The share of a rate window below which what is left of it is drawn as a warning."""
_MIN_SENTENCE: Final = 12
"""A sentence is never shortened below this many cells; it goes instead."""
_NAME_CELLS: Final = 24
_NOTICE_CHARACTERS: Final = 400
_DAY: Final = 86_400


class ConnectionState(enum.StrEnum):
    """How a source's line to its provider stands."""

    ONLINE = "online"
    CONNECTING = "connecting"
    """Nothing was answered yet since the start."""
    SYNCING = "syncing"
    OFFLINE = "offline"
    RETRY = "retry"
    """The provider asked for patience, or failed; the next try has a time."""
    AUTH = "auth"
    """The key is missing, or was refused."""
    STOPPED = "stopped"
    """Only the person can mend it; the cause is in the detail."""
    READ_ONLY = "read_only"
    """The credential may read but not write."""
    FOLLOWER = "follower"
    """Another process does the network work."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the person, without a period."""

    text: str
    severity: Severity = "info"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """The connection of one source. Times are seconds since the epoch."""

    name: str
    state: ConnectionState
    since: float | None = None
    """When it went into this state."""
    retry_at: float | None = None
    detail: str = ""
    """The cause of a failure in a few words; empty when all is well."""
    budget_remaining: int | None = None
    """Requests left in the provider's tightest rate window."""
    budget_limit: int | None = None
    budget_reset_at: float | None = None
    synced_at: float | None = None
    """When it was last read completely; None for never."""
    received: int = 0
    """Submissions read so far in the walk that is under way."""
    leader_pid: int | None = None
    """The process that does the network work, in state `follower`."""


@dataclass(frozen=True, slots=True)
class StatusModel:
    """Everything the status bar can say."""

    view_name: str = ""
    position: int | None = None
    """Row of the cursor, from 1; None while there is no row."""
    total: int | None = None
    """Rows of the view; None until they were counted."""
    total_is_floor: bool = False
    """Whether there are at least `total` rows and perhaps more."""
    prefix: str = ""
    """Keys typed so far that wait for more, such as `3s`."""
    marked: int = 0
    hidden: int = 0
    """How many of the marked the filter hides."""
    last_action: str = ""
    """What was done last and how to take it back: `resolved SUB-0416, u undoes`."""
    notice: Notice | None = None
    saving: bool = False
    """True when an edit is on its way to the disk for longer than a blink."""
    sources: tuple[SourceLine, ...] = ()
    queued: int = 0
    rejected: int = 0
    conflicts: int = 0
    verifying: int = 0
    overwrites: int = 0
    """Colleagues' values that were overwritten unseen and nobody has answered for yet."""
    zone: tzinfo = UTC
    """The zone in which times of day are written."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """One piece of the bar. `place` orders the drawing, `rank` the dropping; low ranks stay longest."""

    place: int
    rank: int
    role: str
    forms: tuple[str, ...]
    """The same said in fewer and fewer cells."""
    essential: bool = False
    sentence: bool = False
    """Whether the first form may be cut after a word."""


def status_segments(model: StatusModel, width: int, signs: SignSet, now: float) -> list[tuple[str, str]]:
    """Choose the pieces of text, each with its role name, that say the most in `width` cells.

    Joined by `SEPARATOR` they are never wider than `width`, and no word is cut. What is wrong, what waits
    for a key and the position are kept longest; they are shortened before one of them is left out.
    `now` is in seconds since the epoch.
    """
    segments = sorted(_segments(model, signs, now), key=lambda segment: segment.rank)
    chosen = _fit_essentials([item for item in segments if item.essential], width, signs.ellipsis)
    for segment in segments:
        if segment.essential:
            continue
        form = next((form for form in segment.forms if _total(chosen, form) <= width), None)
        if form is None:
            break
        chosen.append((segment, form))
    chosen.sort(key=lambda pair: pair[0].place)
    return [(form, segment.role) for segment, form in chosen]


def _total(chosen: Iterable[tuple[_Segment, str]], *more: str) -> int:
    texts = [*(form for _, form in chosen), *more]
    return sum(cell_len(text) for text in texts) + len(SEPARATOR) * max(0, len(texts) - 1)


def _fit_essentials(segments: Sequence[_Segment], width: int, ellipsis: str) -> list[tuple[_Segment, str]]:
    """Fit the segments that should not be missing: shorten from the least important, then drop."""
    kept = list(segments)
    while kept:
        chosen = [(segment, segment.forms[0]) for segment in kept]
        for index in range(len(kept) - 1, -1, -1):
            if _total(chosen) <= width:
                return chosen
            segment = kept[index]
            for form in segment.forms[1:]:
                chosen[index] = (segment, form)
                if _total(chosen) <= width:
                    return chosen
        if _total(chosen) <= width:
            return chosen
        if cut := _cut_sentence(chosen, width, ellipsis):
            return cut
        kept.pop()
    return []


def _cut_sentence(
    chosen: list[tuple[_Segment, str]], width: int, ellipsis: str
) -> list[tuple[_Segment, str]] | None:
    """Cut the least important sentences after a word so that all fits, or return None."""
    chosen = list(chosen)
    for index in range(len(chosen) - 1, -1, -1):
        segment, text = chosen[index]
        if not segment.sentence:
            continue
        room = max(_MIN_SENTENCE, width - _total(chosen) + cell_len(text))
        shorter = _cut_words(text, room, ellipsis)
        if shorter is None:
            continue
        chosen[index] = (segment, shorter)
        if _total(chosen) <= width:
            return chosen
    return None


def _cut_words(text: str, cells: int, ellipsis: str) -> str | None:
    """Keep as many whole words as fit, with an ellipsis after them; None when not even the first one does."""
    if cell_len(text) <= cells:
        return text
    kept = ""
    for word in text.split(" "):
        longer = f"{kept} {word}" if kept else word
        if cell_len(longer) + 1 > cells:
            break
        kept = longer
    return kept.rstrip(",.:;") + ellipsis if kept else None


def _segments(model: StatusModel, signs: SignSet, now: float) -> list[_Segment]:
    found: list[_Segment | None] = [
        _position(model, signs.ellipsis),
        _Segment(1, 0, "accent", (one_line(model.prefix, 24) + signs.ellipsis,), True)
        if model.prefix
        else None,
        _marks(model),
        _action(model),
        _notice(model),
        _Segment(5, 5, "warning", ("saving" + signs.ellipsis,), True) if model.saving else None,
        _connection(model, now),
        _outbox(model, signs),
        _budget(model, now),
        _synced(model, now, signs.ellipsis),
    ]
    return [segment for segment in found if segment is not None]


def _position(model: StatusModel, ellipsis: str) -> _Segment:
    total = (
        ellipsis if model.total is None else thousands(model.total) + ("+" if model.total_is_floor else "")
    )
    short = f"{thousands(model.position or 0)}/{total}"
    name = _cut_words(one_line(model.view_name, 200).strip(), _NAME_CELLS, ellipsis)
    return _Segment(0, 1, "text", (f"{name} {short}", short) if name else (short,), True)


def _marks(model: StatusModel) -> _Segment | None:
    if not model.marked:
        return None
    short = f"{thousands(model.marked)} marked"
    forms = (f"{short} ({thousands(model.hidden)} hidden)", short) if model.hidden else (short,)
    return _Segment(2, 3, "warning" if model.hidden else "text", forms, True)


def _action(model: StatusModel) -> _Segment | None:
    text = one_line(model.last_action, _NOTICE_CHARACTERS).strip()
    return _Segment(3, 6, "text", (text,), True, sentence=True) if text else None


def _notice(model: StatusModel) -> _Segment | None:
    if model.notice is None or not (text := one_line(model.notice.text, _NOTICE_CHARACTERS).strip()):
        return None
    role = "text" if model.notice.severity == "info" else model.notice.severity
    return _Segment(4, 2, role, (text,), True, sentence=True)


_STATE_ROLES: Final = {
    ConnectionState.ONLINE: "success",
    ConnectionState.CONNECTING: "muted",
    ConnectionState.SYNCING: "info",
    ConnectionState.OFFLINE: "warning",
    ConnectionState.RETRY: "warning",
    ConnectionState.AUTH: "error",
    ConnectionState.STOPPED: "error",
    ConnectionState.READ_ONLY: "muted",
    ConnectionState.FOLLOWER: "muted",
}
_BY_GRAVITY: Final = (
    ConnectionState.AUTH,
    ConnectionState.STOPPED,
    ConnectionState.OFFLINE,
    ConnectionState.RETRY,
    ConnectionState.SYNCING,
    ConnectionState.CONNECTING,
    ConnectionState.READ_ONLY,
    ConnectionState.FOLLOWER,
    ConnectionState.ONLINE,
)
_FAILED: Final = frozenset(_BY_GRAVITY[:4])
"""States in which rows grow old without anybody having asked for it."""


def _connection(model: StatusModel, now: float) -> _Segment | None:
    groups = {
        state: group
        for state in _BY_GRAVITY
        if (group := [line for line in model.sources if line.state is state])
    }
    if not groups:
        return None
    worst = next(iter(groups))
    failed = worst in _FAILED
    said = {state: _state_forms(state, group, now, model.zone) for state, group in groups.items()}
    if len(groups) == 1:
        forms = said[worst]
    else:
        names = {
            state: ", ".join(one_line(line.name, _NAME_CELLS) for line in group)
            for state, group in groups.items()
        }
        most = max(groups, key=lambda state: (len(groups[state]), state is ConnectionState.ONLINE))
        every = "; ".join(f"{names[state]} {said[state][0]}" for state in groups)
        some = "; ".join(
            f"{'others' if state is most and len(groups[state]) > 1 else names[state]} {said[state][-1]}"
            for state in groups
        )
        alone = f"{names[worst]} {said[worst][0]}"
        forms = (every, some, alone, f"{names[worst]} {said[worst][-1]}", said[worst][-1])
    return _Segment(6, 4 if failed else 7, _STATE_ROLES[worst], tuple(dict.fromkeys(forms)), failed)


def _state_forms(
    state: ConnectionState, group: Sequence[SourceLine], now: float, zone: tzinfo
) -> tuple[str, ...]:
    match state:
        case ConnectionState.OFFLINE:
            since = [line.since for line in group if line.since is not None]
            return (f"OFFLINE since {_clock(min(since), now, zone)}", "OFFLINE") if since else ("OFFLINE",)
        case ConnectionState.RETRY:
            times = [line.retry_at for line in group if line.retry_at is not None]
            if not times:
                return ("RETRY",)
            wait = math.ceil(min(times) - now)
            return (f"RETRY in {age(wait)}" if wait > 0 else "RETRY now", "RETRY")
        case ConnectionState.SYNCING:
            received = sum(line.received for line in group)
            return (f"SYNCING {thousands(received)}", "SYNCING") if received else ("SYNCING",)
        case ConnectionState.FOLLOWER:
            pids = sorted({line.leader_pid for line in group if line.leader_pid is not None})
            return (f"VIA pid {pids[0]}", "VIA") if pids else ("VIA another process", "VIA")
        case ConnectionState.AUTH:
            return ("AUTH?",)
        case _:
            return (state.value.upper().replace("_", "-"),)


def _clock(moment: float, now: float, zone: tzinfo) -> str:
    """Write a time of day, with the date when that is not today."""
    written = short_time(moment, now, zone)
    today = short_date(now, now, zone)
    return written.removeprefix(f"{today} ")


def _outbox(model: StatusModel, signs: SignSet) -> _Segment | None:
    counts = (
        (signs.sync("queued").text, model.queued),
        (signs.sync("rejected").text, model.rejected),
        (signs.sync("conflict").text, model.conflicts),
    )
    words = (("verifying", model.verifying), ("overwritten", model.overwrites))
    waiting = " ".join(f"{thousands(count)} {word}" for word, count in words if count)
    every = " ".join(f"{sign}{thousands(count)}" for sign, count in counts)
    some = " ".join(f"{sign}{thousands(count)}" for sign, count in counts if count)
    if not some and not waiting:
        return None
    full = f"{every} {waiting}" if waiting else every
    wrong = bool(model.rejected or model.conflicts or model.overwrites)
    forms = tuple(form for form in dict.fromkeys((full, every, some)) if form)
    return _Segment(7, 5 if wrong else 8, "error" if wrong else "info", forms, wrong)


def _budget(model: StatusModel, now: float) -> _Segment | None:
    windows = [
        (line.budget_remaining / line.budget_limit, line.budget_remaining, line.budget_limit, line)
        for line in model.sources
        if line.budget_remaining is not None and line.budget_limit
    ]
    if not windows:
        return None
    share, remaining, limit, line = min(windows, key=lambda window: window[0])
    short = f"API {thousands(remaining)}/{thousands(limit)}"
    wait = math.ceil(line.budget_reset_at - now) if line.budget_reset_at is not None else 0
    forms = (f"{short} {age(wait)}", short) if wait > 0 else (short,)
    low = share <= _LOW_BUDGET
    return _Segment(8, 9, "warning" if low else "muted", forms)


def _synced(model: StatusModel, now: float, ellipsis: str) -> _Segment | None:
    if not model.sources:
        return None
    failed = [line for line in model.sources if line.state in _FAILED]
    oldest = min(failed or model.sources, key=lambda line: line.synced_at or 0.0)
    if oldest.synced_at is None:
        short = "never synced"
    else:
        passed = max(0, int(now - oldest.synced_at))
        short = f"synced {age(passed)} ago" if passed < 28 * _DAY else f"synced {passed // _DAY} days ago"
    if failed and len(model.sources) > 1:
        short = f"{one_line(oldest.name, _NAME_CELLS)} {short}"
    cause = (
        _cut_words(one_line(oldest.detail, 200).strip(), 60, ellipsis) if failed and oldest.detail else None
    )
    forms = (f"{short}: {cause}", short) if cause else (short,)
    return _Segment(9, 7 if failed else 10, "warning" if failed else "muted", forms)
