"""Whose submissions a source holds: nothing is sent or merged with another account behind its key.

Some systems name the account of a key. Of one that does not, the forms or bots that the key shows stand for
the account. The rule, for a source of which something is held:

* While one of those remembered is still shown, the account is the same: some may be deleted, others made.
* When none is, and there was more than one, it is another account.
* When none is, and there was one or none, that may just have been deleted. It is another account if
  something is shown that was there already when the list was last seen, and did not show it then.
* A key that shows nothing at all proves nothing, and nothing can be merged: what was remembered is forgotten.

What is imported is held to the first two by the forms or bots that it names, which are remembered, too.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cache.outbox.delivery import Delivery
from cache.sync.remote import Identity, Misconfigured

__all__ = ["bind", "may_hold", "remember"]

_MOST: Final = 200
"""How many forms or bots are remembered."""
_CLOCKS_AGREE: Final = 3_600.0
"""By how many seconds the clock here and theirs may differ."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the key showed the last time."""

    containers: frozenset[str] = frozenset()
    at: float = 0.0
    """Seconds since the epoch."""


def bind(delivery: Delivery, source: str, identity: Identity, *, now: float, holds_some: bool) -> None:
    """Bind a source to the account of its key, or see that it still is. Raises Misconfigured.

    `now` is in seconds since the epoch; `holds_some` says whether any submission of the source is held.
    """
    if identity.containers is None:
        bound = delivery.bind(source, identity.account_id, identity.account_name)
        if bound is not None:
            raise Misconfigured(
                f"The key of {source} opens another organisation ({identity.account_name})"
                f" than the one cached here ({bound}). Nothing is sent or read."
                " Use another source name for it."
            )
        return
    stored = delivery.bound(source)
    before = _read(stored[0]) if stored is not None else None
    if before is not None and holds_some and _is_another(before, identity.containers):
        raise Misconfigured(
            f"The key of {source} opens another account: nothing is there of what was read before, and"
            " something else is. Nothing is read. Put the old key back, or use another source name"
            f" for it; what is kept under {source} stays."
        )
    remembered = _written(_kept(before or _Shown(), identity.containers, now))
    if stored is None or stored[0] != remembered:
        delivery.rebind(source, remembered, identity.account_name)


def may_hold(delivery: Delivery, source: str, containers: Collection[str], *, holds_some: bool) -> bool:
    """Whether what came through these forms or bots may be of the account a source is bound to.

    When they were made is not known: only where several are remembered and none is among them it is not.
    `holds_some` says whether any submission of the source is held.
    """
    known = _remembered(delivery, source).containers if holds_some else frozenset()
    return len(known) <= 1 or not containers or not known.isdisjoint(containers)


def remember(delivery: Delivery, source: str, containers: Collection[str], *, holds_some: bool) -> None:
    """Let forms or bots stand for the account a source is bound to: alone, or where it `holds_some`, too."""
    before = _remembered(delivery, source) if holds_some else _Shown()
    more = sorted(set(containers) - before.containers)
    if more:
        kept = [*sorted(before.containers), *more][:_MOST]
        delivery.rebind(source, _written(_Shown(frozenset(kept), before.at)), source)


def _remembered(delivery: Delivery, source: str) -> _Shown:
    stored = delivery.bound(source)
    return (_read(stored[0]) if stored is not None else None) or _Shown()


def _is_another(before: _Shown, shown: Mapping[str, datetime | None]) -> bool:
    if not shown or before.containers & shown.keys():
        return False
    if len(before.containers) > 1:
        return True
    return any(made is None or made.timestamp() < before.at - _CLOCKS_AGREE for made in shown.values())


def _kept(before: _Shown, shown: Mapping[str, datetime | None], now: float) -> _Shown:
    """What to remember: those that are known already first, then the oldest, which last longest."""
    oldest = sorted(
        shown,
        key=lambda name: (
            name not in before.containers,
            (made.timestamp() if (made := shown[name]) else 0.0),
            name,
        ),
    )
    return _Shown(frozenset(oldest[:_MOST]), now)


def _written(shown: _Shown) -> str:
    return json.dumps(
        {"seen_at": int(shown.at), "containers": sorted(shown.containers)}, separators=(",", ":")
    )


def _read(text: str) -> _Shown | None:
    """What was remembered; None for the binding of a source whose forms were not remembered."""
    try:
        stored = json.loads(text)
        return _Shown(frozenset(stored["containers"]), float(stored["seen_at"]))
    except (ValueError, TypeError, KeyError):
        return None
