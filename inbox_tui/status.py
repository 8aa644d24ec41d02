"""What the status bar says: a frozen model of it, and the pure choice of words that fit a width."""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from cache.text import one_line
from inbox_tui.format import age, short_date, short_time, thousands
from inbox_tui.signs import SignSet
from inbox_tui.status_fit import SEPARATOR, Segment, cut_words, fit_essentials, total_cells, wrapped

__all__ = [
    "SEPARATOR",
    "ConnectionState",
    "Notice",
    "Severity",
    "SourceLine",
    "StatusModel",
    "notice_lines",
    "status_segments",
]

Severity = Literal["info", "warning", "error"]

_LOW_BUDGET: Final = 0.2
"""The share of a rate window below which what is left of it is drawn as a warning."""
_NAME_CELLS: Final = 24
_NOTICE_CHARACTERS: Final = 400
_DAY: Final = 86_400
_MOMENTS: Final = 4
"""For so many moments what the sources say is remembered: the cursor moves more often than that changes."""


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
    is_imported: bool = False
    """Whether what is held of it was imported, and it was never read."""
    received: int = 0
    """Submissions read so far in the walk that is under way."""
    leader_pid: int | None = None
    """The process that does the network work, in state `follower`."""


@dataclass(frozen=True, slots=True)
class StatusModel:
    """Everything the status bar can say."""

    view_name: str = ""
    position: int | None = None
    """Row of the cursor among those that match, from 1; None while there is no row."""
    is_held: bool = False
    """Whether the row of the cursor is only kept in its place: it does not match, and is not counted."""
    total: int | None = None
    """Rows that match; None until they were counted."""
    total_is_floor: bool = False
    """Whether there are at least `total` rows and perhaps more."""
    prefix: str = ""
    """Keys typed so far that wait for more, such as `3s`."""
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


_Sources: TypeAlias = tuple[SourceLine, ...]


def status_segments(model: StatusModel, width: int, signs: SignSet, now: float) -> list[tuple[str, str]]:
    """Choose the pieces of text, each with its role name, that say the most in `width` cells.

    Joined by `SEPARATOR` they are never wider than `width`, and no word is cut. What is wrong, what waits
    for a key and the position are kept longest; they are shortened before one of them is left out.
    `now` is in seconds since the epoch.
    """
    segments = sorted(_segments(model, signs, now), key=lambda segment: segment.rank)
    chosen = fit_essentials([item for item in segments if item.essential], width, signs.ellipsis)
    for segment in segments:
        if segment.essential:
            continue
        form = next((form for form in segment.forms if total_cells(chosen, form) <= width), None)
        if form is None:
            break
        chosen.append((segment, form))
    chosen.sort(key=lambda pair: pair[0].place)
    return [(form, segment.role) for segment, form in chosen]


def _segments(model: StatusModel, signs: SignSet, now: float) -> list[Segment]:
    found: list[Segment | None] = [
        _position(model, signs.ellipsis),
        Segment(1, 0, "accent", (one_line(model.prefix, 24) + signs.ellipsis,), True)
        if model.prefix
        else None,
        _action(model),
        _notice(model),
        Segment(5, 5, "warning", ("saving" + signs.ellipsis,), True) if model.saving else None,
        _connection(model.sources, model.zone, now),
        _outbox(model, signs),
        _budget(model.sources, now),
        _synced(model.sources, now, signs.ellipsis),
    ]
    return [segment for segment in found if segment is not None]


def _position(model: StatusModel, ellipsis: str) -> Segment:
    total = (
        ellipsis if model.total is None else thousands(model.total) + ("+" if model.total_is_floor else "")
    )
    short = f"-/{total}" if model.is_held else f"{thousands(model.position or 0)}/{total}"
    name = cut_words(one_line(model.view_name, 200).strip(), _NAME_CELLS, ellipsis)
    forms = (f"{name} {short}", short) if name else (short,)
    if model.is_held:
        forms = (*(f"{form} (does not match)" for form in forms), *forms)
    return Segment(0, 1, "text", forms, True)


def notice_lines(model: StatusModel, width: int, ellipsis: str) -> tuple[str, str] | None:
    """The notice on two lines of `width` cells; None when one line has room for it, beside the position.

    While keys wait for more, what was typed comes first: then there is one line.
    """
    notice = _notice(model)
    if notice is None or model.prefix:
        return None
    text = notice.forms[0]
    if total_cells((), _position(model, ellipsis).forms[-1], text) <= width:
        return None
    return wrapped(text, width, ellipsis)


def _action(model: StatusModel) -> Segment | None:
    text = one_line(model.last_action, _NOTICE_CHARACTERS).strip()
    return Segment(3, 6, "text", (text,), True, sentence=True) if text else None


def _notice(model: StatusModel) -> Segment | None:
    if model.notice is None or not (text := one_line(model.notice.text, _NOTICE_CHARACTERS).strip()):
        return None
    role = "text" if model.notice.severity == "info" else model.notice.severity
    return Segment(4, 2, role, (text,), True, sentence=True)


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


@lru_cache(maxsize=_MOMENTS)
def _connection(sources: _Sources, zone: tzinfo, now: float) -> Segment | None:
    groups = {
        state: group for state in _BY_GRAVITY if (group := [line for line in sources if line.state is state])
    }
    if not groups:
        return None
    worst = next(iter(groups))
    failed = worst in _FAILED
    said = {state: _state_forms(state, group, now, zone) for state, group in groups.items()}
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
    return Segment(6, 4 if failed else 7, _STATE_ROLES[worst], tuple(dict.fromkeys(forms)), failed)


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


def _outbox(model: StatusModel, signs: SignSet) -> Segment | None:
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
    return Segment(7, 5 if wrong else 8, "error" if wrong else "info", forms, wrong)


@lru_cache(maxsize=_MOMENTS)
def _budget(sources: _Sources, now: float) -> Segment | None:
    windows = [
        (line.budget_remaining / line.budget_limit, line.budget_remaining, line.budget_limit, line)
        for line in sources
        if line.budget_remaining is not None and line.budget_limit
    ]
    if not windows:
        return None
    share, remaining, limit, line = min(windows, key=lambda window: window[0])
    short = f"API {thousands(remaining)}/{thousands(limit)}"
    wait = math.ceil(line.budget_reset_at - now) if line.budget_reset_at is not None else 0
    forms = (f"{short} {age(wait)}", short) if wait > 0 else (short,)
    low = share <= _LOW_BUDGET
    return Segment(8, 10, "warning" if low else "muted", forms)


@lru_cache(maxsize=_MOMENTS)
def _synced(sources: _Sources, now: float, ellipsis: str) -> Segment | None:
    if not sources:
        return None
    failed = [line for line in sources if line.state in _FAILED]
    oldest = min(failed or sources, key=lambda line: line.synced_at or 0.0)
    if oldest.synced_at is None:
        short = "imported, never synced" if oldest.is_imported else "never synced"
    else:
        passed = max(0, int(now - oldest.synced_at))
        short = f"synced {age(passed)} ago" if passed < 28 * _DAY else f"synced {passed // _DAY} days ago"
    if failed and len(sources) > 1:
        short = f"{one_line(oldest.name, _NAME_CELLS)} {short}"
    cause = (
        cut_words(one_line(oldest.detail, 200).strip(), 60, ellipsis) if failed and oldest.detail else None
    )
    forms = (f"{short}: {cause}", short) if cause else (short,)
    return Segment(9, 9 if failed else 11, "warning" if failed else "muted", forms)
