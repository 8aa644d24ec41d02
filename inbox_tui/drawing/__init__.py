"""Draws one submission as lines of text: pure functions of values, without any widget."""

from inbox_tui.drawing.contact import SameContact
from inbox_tui.drawing.context import LANGUAGES, LanguageMode, Setting, next_language
from inbox_tui.drawing.conversation import Conversation, has_conversation
from inbox_tui.drawing.head import head_lines
from inbox_tui.drawing.lines import Line, Look, Piece, line_width
from inbox_tui.drawing.tabs import TABS, Tab, TabStrip, tab_lines, tab_strip
from inbox_tui.drawing.timeline import Timeline

__all__ = [
    "LANGUAGES",
    "TABS",
    "Conversation",
    "LanguageMode",
    "Line",
    "Look",
    "Piece",
    "SameContact",
    "Setting",
    "Tab",
    "TabStrip",
    "Timeline",
    "has_conversation",
    "head_lines",
    "line_width",
    "next_language",
    "tab_lines",
    "tab_strip",
]
