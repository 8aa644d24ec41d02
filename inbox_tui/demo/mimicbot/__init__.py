"""The Mimicbot contract of the reference server. See docs/contracts/mimicbot.md."""

from inbox_tui.demo.mimicbot.contract import Mimicbot
from inbox_tui.demo.mimicbot.ledger import Ledger
from inbox_tui.demo.mimicbot.quirks import Quirks

__all__ = ["Ledger", "Mimicbot", "Quirks"]
