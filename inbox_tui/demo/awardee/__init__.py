"""The Awardee contract of the reference server. See docs/contracts/awardee.md."""

from inbox_tui.demo.awardee.contract import Awardee
from inbox_tui.demo.awardee.quirks import Quirks

__all__ = ["Awardee", "Quirks"]
