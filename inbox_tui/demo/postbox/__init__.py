"""The Postbox contract of the reference server. See docs/contracts/postbox.md."""

from inbox_tui.demo.postbox.contract import Postbox
from inbox_tui.demo.postbox.ledger import Ledger
from inbox_tui.demo.postbox.quirks import Quirks

__all__ = ["Ledger", "Postbox", "Quirks"]
