"""The Mantlz contract of the reference server. See docs/contracts/mantlz.md."""

from inbox_tui.demo.mantlz.contract import Mantlz
from inbox_tui.demo.mantlz.ledger import Ledger
from inbox_tui.demo.mantlz.quirks import Quirks

__all__ = ["Ledger", "Mantlz", "Quirks"]
