"""Old values of a submission: listed by the palette, and any of them restored."""

import pytest

from inbox_tui.screens.palette import PaletteScreen
from inbox_tui.screens.picking import PickScreen
from tests.ui.inbox_harness import lone_home, open_inbox


async def history(inbox):
    await inbox.press(":")
    await inbox.opened(PaletteScreen)
    await inbox.typed("restore an old")
    await inbox.press("enter")


@pytest.mark.slow
async def test_an_old_value_is_chosen_and_wanted_again_and_that_can_be_undone(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        key = inbox.row.key
        before = home.seen(key).priority
        other = [one for one in ("none", "low", "high") if one != before]
        for value in other:
            await inbox.press("p", {"none": "0", "low": "1", "high": "3"}[value])
            await inbox.until(lambda value=value: home.seen(key).priority == value, value)
        await history(inbox)
        await inbox.until(lambda: f"Restore a value of {inbox.row.ref}" in inbox.text, "the list")
        await inbox.opened(PickScreen)
        assert f"priority: {other[0]}" in inbox.text
        assert f"became {other[1]}" in inbox.text
        await inbox.typed(f"priority {before}")
        await inbox.press("enter")
        await inbox.until(lambda: home.seen(key).priority == before, "the old value")
        await inbox.until(lambda: "restored the priority of" in inbox.status, "the word")
        await inbox.press("u")
        await inbox.until(lambda: home.seen(key).priority == other[1], "the undo")


@pytest.mark.slow
async def test_a_submission_that_never_changed_says_so(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await history(inbox)
        await inbox.until(lambda: "has no value but those it has now" in inbox.status, "the sentence")
