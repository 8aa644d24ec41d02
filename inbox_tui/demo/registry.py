"""The contracts that the reference server serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox_tui.demo.awardee import Awardee

if TYPE_CHECKING:
    from inbox_tui.demo.contract import Contract

__all__ = ["contracts"]


def contracts() -> tuple[Contract, ...]:
    """Return every contract in its usual dialect."""
    return (Awardee(),)
