"""What has to hold when everything has come to rest."""

import json
from itertools import pairwise

from cache.models import TRIAGE_FIELDS
from cache.store.overlay import server_triage
from tests.simulator.judge import Judge
from tests.simulator.server import ME, Change, Server
from tests.simulator.watch import Files, equal
from tests.simulator.wire import key_of

__all__ = ["at_rest", "check_end", "overwritten_unseen", "undelivered"]

_MOVING = ("queued", "sending", "verifying")


def at_rest(files: Files) -> bool:
    """Whether no edit is under way."""
    return not any(held.state in _MOVING for held in files.registers().values())


def check_end(files: Files, server: Server, judge: Judge) -> None:
    """Hold the end of a run against the invariants."""
    registers = files.registers()
    moving = {place: held for place, held in registers.items() if held.state in _MOVING}
    if moving:
        files.record.breaks(19, f"not settled: {moving}")
    _every_wish(files, server)
    _no_older_value(files, server, judge)
    _told(files, server, judge)
    _seen(files)


def _every_wish(files: Files, server: Server) -> None:
    """Invariant 1: pending with exactly that value, or held by the server, or dropped by the person."""
    registers = files.registers()
    for (identifier, name), wish in files.wishes.items():
        held = registers.get((identifier, name))
        if held is not None:
            if wish.ended is not None:
                files.record.breaks(1, f"{identifier}.{name}: {wish} is pending again: {held}")
            if not equal(name, held.want, wish.want):
                files.record.breaks(1, f"{identifier}.{name}: {wish} is pending as {held}")
            continue
        if wish.ended is not None and wish.ended.startswith("dropped"):
            _in_history(files, identifier, name)
            continue
        values = server.history(identifier, name)
        before = [change.after for change in values if change.order <= wish.order][-1:]
        after = [change.after for change in values if change.order > wish.order]
        wanted = wish.want.rstrip() if server.normalises and isinstance(wish.want, str) else wish.want
        if not any(equal(name, value, wanted) or equal(name, value, wish.want) for value in before + after):
            files.record.breaks(1, f"{identifier}.{name}: {wish} is lost; the server held {before + after}")


def _in_history(files: Files, identifier: str, name: str) -> None:
    count = files.outbox.execute(
        "SELECT count(*) FROM history WHERE submission_id = ? AND field = ?", (identifier, name)
    ).fetchone()[0]
    if not count:
        files.record.breaks(1, f"{identifier}.{name} was dropped without a word in the history")


def _no_older_value(files: Files, server: Server, judge: Judge) -> None:
    """Invariant 2: a late change of ours is not what the server ends on."""
    sent = {request.order: request for request in judge.requests if request.kind == "patch"}
    for identifier in server.rows:
        for name in TRIAGE_FIELDS:
            writes = server.history(identifier, name)
            last = writes[-1]
            if last.actor != ME or last.request is None:
                continue
            for change in reversed(writes[:-1]):
                if change.actor != ME or change.request is None:
                    if change.written:
                        break
                    continue
                newer = change.request > last.request and sent[change.request].outcome == "ok"
                if newer and not equal(name, change.after, last.after):
                    files.record.breaks(
                        2,
                        f"{identifier}.{name} ends on {last.after!r} of request {last.request},"
                        f" after {change.after!r} of request {change.request} was delivered",
                    )


def overwritten_unseen(files: Files, server: Server) -> list[Change]:
    """Our changes that replaced a foreign value no answer had shown."""
    found = []
    for identifier in server.rows:
        for name in TRIAGE_FIELDS:
            moves = [change for change in server.history(identifier, name) if change.written]
            for foreign, ours in pairwise(moves):
                if ours.request is None or foreign.actor in (ME, "visitor"):
                    continue
                shown = [rev for rev in files.revs(identifier) if rev < ours.order]
                known = [[c.after for c in moves if c.order <= rev][-1] for rev in shown]
                if not any(equal(name, value, ours.before) for value in known):
                    found.append(ours)
    return found


def _told(files: Files, server: Server, judge: Judge) -> None:
    """Invariant 11: once the timeline was read, every value that was replaced unseen is told."""
    reported, unread = files.reported(), files.unread_timelines()
    kept = {request.order for request in judge.requests if request.kind == "patch"}
    for ours in overwritten_unseen(files, server):
        place = (ours.id, ours.field, json.dumps(ours.before))
        if ours.id not in unread and ours.request in kept and place not in reported:
            files.record.breaks(11, f"{ours} replaced what nobody here had seen and nobody was told")
    for identifier, name, theirs in reported:
        held = server.history(identifier, name)
        if not any(json.dumps(change.after) == theirs for change in held):
            files.record.breaks(11, f"{identifier}.{name}: {theirs} is told of and never was")


def _seen(files: Files) -> None:
    """Invariant 3: what is seen is what is wanted if that is pending, else what the server showed."""
    for identifier, row in files.rows.items():
        shown = server_triage(files.cache, key_of(identifier))
        if shown is None or shown.status != files.parsed(row[1])["status"]:
            files.record.breaks(3, f"{identifier} is seen as {shown}, the server showed {row[1]}")


def undelivered(files: Files, server: Server) -> list[tuple[str, str]]:
    """Fields the server does not hold as the person last wished, although they did not drop it."""
    return [
        (identifier, name)
        for (identifier, name), wish in files.wishes.items()
        if not (wish.ended or "").startswith("dropped")
        and not equal(name, server.rows.get(identifier, {}).get(name), wish.want)
    ]
