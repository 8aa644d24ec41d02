"""The contracts that the reference server serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox_tui.demo.awardee import Awardee
from inbox_tui.demo.mantlz import Mantlz
from inbox_tui.demo.mimicbot import Mimicbot
from inbox_tui.demo.postbox import Postbox

if TYPE_CHECKING:
    from inbox_tui.demo.contract import Contract

__all__ = ["contracts"]


def contracts(*, limited: bool = True) -> tuple[Contract, ...]:
    """Return every contract in its usual dialect; `limited` keeps the rate limits of each."""
    return (
        Awardee(),
        Mantlz(limited=limited),
        Mimicbot(limited=limited),
        Postbox(limited=limited),
    )
