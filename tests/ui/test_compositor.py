"""What a change draws: as much as Textual would put on the terminal, and no widget beyond that."""

import re
from typing import Any

import pytest
from rich.cells import cell_len
from textual._compositor import Compositor as TextualCompositor

from inbox_tui.compositor import Compositor
from inbox_tui.widgets.detail_pane import DetailPane
from inbox_tui.widgets.status_bar import StatusBar
from tests.ui.harness import NOW
from tests.ui.inbox_harness import lone_home, open_inbox

_WALKS = {
    "moving": ["j", "j", "pagedown", "G", "k", "g", "g", "5", "j"],
    "filter": ["/", "p", "colon", "h", "i", "g", "h", "space", "a", "enter", "escape"],
    "a mistake": ["/", "n", "o", "f", "colon", "x", "ctrl+g", "escape", "escape"],
    "triage": ["e", "s", "p", "f", "p", "escape", "u"],
    "panes": ["tab", "j", "pagedown", "tab", "t", "escape", "z", "escape", "|", "]", "["],
    "over it": ["question_mark", "pagedown", "escape", "colon", "t", "h", "down", "escape", "a", "escape"],
    "notes": ["i", "x", "y", "escape", "=", "escape"],
}


@pytest.mark.slow
@pytest.mark.parametrize("size", [(120, 32), (60, 20)], ids=["wide", "narrow"])
@pytest.mark.parametrize("keys", _WALKS.values(), ids=_WALKS)
async def test_the_terminal_gets_what_textual_would_send_it(tmp_path, monkeypatch, keys, size) -> None:
    frames: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
    render = Compositor.render_partial_update

    def both(compositor: Compositor) -> Any:
        changed = set(compositor._dirty_regions)
        ours = render(compositor)
        compositor._dirty_regions.update(changed)
        theirs = TextualCompositor.render_partial_update(compositor)
        if ours is not None and theirs is not None:
            console = inbox.app.console
            frames.append((cells(ours.render_segments(console)), cells(theirs.render_segments(console))))
        assert (ours is None) == (theirs is None)
        return ours

    async with open_inbox(lone_home(tmp_path), size=size) as inbox:
        monkeypatch.setattr(Compositor, "render_partial_update", both)
        await inbox.press(*keys)
        await inbox.until(lambda: inbox.app.screen is inbox.screen, "the list")
        frames_before = len(frames)
        await inbox.press("j", "k")
        await inbox.until(lambda: len(frames) > frames_before, "a frame of the list")
        await inbox.settled()
    assert not [number for number, (ours, theirs) in enumerate(frames) if ours != theirs]


def cells(output: str) -> dict[tuple[int, int], tuple[str, str]]:
    """What stands in each cell after so much was written, and how it looks."""
    written: dict[tuple[int, int], tuple[str, str]] = {}
    line, column, look = 1, 1, ""
    for codes, kind, text in re.findall(r"\x1b\[([\d;]*)([Hm])|([^\x1b\n])", output):
        if kind == "H":
            line, column = map(int, codes.split(";"))
        elif kind == "m":
            look = codes
        else:
            written[line, column] = (look, text)
            column += cell_len(text)
    return written


async def test_a_change_above_and_below_a_pane_does_not_draw_the_pane(tmp_path, monkeypatch) -> None:
    async with open_inbox(lone_home(tmp_path), size=(120, 32), leads=False, clock=lambda: NOW) as inbox:
        await inbox.settled()
        drawn: list[str] = []
        for kind in (DetailPane, StatusBar):
            monkeypatch.setattr(kind, "render_lines", noted(kind, drawn))
        inbox.screen.filter_bar.show_query("changed")
        inbox.screen.query_one(StatusBar).refresh()
        await inbox.until(lambda: "StatusBar" in drawn, "the frame")
        assert "DetailPane" not in drawn
        assert "changed" in inbox.text


def noted(kind: type[Any], drawn: list[str]) -> Any:
    """Its `render_lines`, which leaves its name."""
    render = kind.render_lines

    def render_lines(widget: Any, crop: Any) -> Any:
        drawn.append(kind.__name__)
        return render(widget, crop)

    return render_lines
