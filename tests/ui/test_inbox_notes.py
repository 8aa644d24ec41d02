"""Notes in the whole inbox: the small box, its drafts, and the person's own editor."""

import contextlib
import sys
import threading

import pytest

from inbox_tui.inbox.facts import Facts
from inbox_tui.screens.note_editor import NoteEditor
from tests.ui.inbox_harness import lone_home, open_inbox


@pytest.mark.slow
async def test_a_note_is_added_with_moment_and_name(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        key, name = inbox.row.key, inbox.screen.facts.people.my_name("acme")
        await inbox.press("i")
        await inbox.typed("first line")
        await inbox.press("ctrl+j")
        await inbox.typed("second")
        await inbox.press("enter")
        await inbox.until(lambda: inbox.app.screen is inbox.screen, "the box to close")
        assert home.seen(key).notes == f"2026-05-22 10:14Z {name}: first line\nsecond"
        await inbox.press("t", "n")
        await inbox.until(lambda: "first line" in inbox.text, "the note")
        await inbox.press("i")
        await inbox.typed("more")
        await inbox.press("enter")
        await inbox.until(lambda: home.seen(key).notes.endswith(": more"), "the second note")
        assert home.seen(key).notes.startswith(f"2026-05-22 10:14Z {name}: first line\nsecond\n")


async def test_the_note_is_on_the_row_that_was_under_the_cursor_when_the_key_was_pressed(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        row, go_on = inbox.row, threading.Event()
        inbox.screen.facts = Facts()  # who is at the keyboard has to be read first
        inbox.app.store.submit(lambda _: go_on.wait())
        await inbox.press("i", "j")
        await inbox.until(lambda: inbox.rows.cursor_position == 1, "the cursor to move on")
        go_on.set()
        await inbox.opened(NoteEditor)
        assert f"Note on {row.ref}" in inbox.text


async def test_letters_typed_at_once_after_i_are_the_note_and_no_commands(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        inbox.send("i", "f", "e", "!")
        await inbox.until(lambda: inbox.note == "fe!", "the letters")
        await inbox.press("escape")
        assert home.unsettled() == 0


async def test_letters_typed_while_the_box_is_being_opened_are_the_note(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        inbox.send("i")
        await inbox.until(lambda: isinstance(inbox.app.screen, NoteEditor), "the box")
        inbox.send(*"eager")
        await inbox.until(lambda: inbox.note == "eager", "the letters")
        inbox.send("escape", "escape", "escape")
        await inbox.until(lambda: inbox.app.screen is inbox.screen, "the inbox")
        await inbox.press("j")
        await inbox.until(lambda: inbox.rows.cursor_position == 1, "keys in the list")
        assert home.unsettled() == 0


async def test_leaving_the_box_while_it_saves_saves_once_and_leaves_no_draft(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        key = inbox.row.key
        await inbox.press("i")
        await inbox.typed("once")
        inbox.send("enter", "escape")
        await inbox.until(lambda: (home.seen(key).notes or "").endswith(": once"), "the note")
        await inbox.settled()
        assert inbox.app.screen is inbox.screen
        assert inbox.screen.editing.drafts.texts == {}


@pytest.fixture
def no_suspend(monkeypatch):
    monkeypatch.setattr("inbox_tui.app.InboxApp.suspend", lambda _: contextlib.nullcontext())


def editor_script(path, body):
    path.write_text(f"import sys\npath = sys.argv[1]\n{body}\n", encoding="utf-8")
    return f"{sys.executable} {path}"


@pytest.mark.usefixtures("no_suspend")
async def test_the_editor_changes_the_whole_note(tmp_path):
    home = lone_home(tmp_path)
    home.environ["EDITOR"] = editor_script(
        tmp_path / "edit.py", "old = open(path).read(); open(path, 'w').write(old + 'from the editor\\n')"
    )
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("I")
        await inbox.until(lambda: home.seen(inbox.row.key).notes == "from the editor", "the note")
        await inbox.until(lambda: not list((home.data / "drafts").iterdir()), "the draft to be removed")


@pytest.mark.usefixtures("no_suspend")
async def test_an_editor_that_fails_changes_nothing(tmp_path):
    home = lone_home(tmp_path)
    home.environ["EDITOR"] = editor_script(tmp_path / "edit.py", "open(path, 'w').write('x'); sys.exit(3)")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("I")
        await inbox.until(lambda: "left with code 3" in inbox.status, "the sentence")
        home.environ["EDITOR"] = editor_script(tmp_path / "same.py", "")
        await inbox.press("I")
        await inbox.until(lambda: "The note is as it was" in inbox.status, "the sentence")
        home.environ["EDITOR"] = str(tmp_path / "missing")
        await inbox.press("I")
        await inbox.until(lambda: "cannot be started" in inbox.status, "the sentence")
        del home.environ["EDITOR"]
        await inbox.press("I")
        await inbox.until(lambda: "No editor is set" in inbox.status, "the sentence")
        assert home.unsettled() == 0
        await inbox.until(lambda: not list((home.data / "drafts").iterdir()), "the draft to be removed")


@pytest.mark.usefixtures("no_suspend")
async def test_a_draft_of_a_line_is_never_taken_for_the_whole_note(tmp_path):
    home = lone_home(tmp_path)
    home.environ["EDITOR"] = editor_script(tmp_path / "same.py", "")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("i")
        await inbox.typed("half a thought")
        await inbox.press("escape")
        await inbox.until(lambda: "kept as a draft" in inbox.status, "the draft")
        await inbox.press("I")
        await inbox.until(lambda: "The note is as it was" in inbox.status, "the sentence")
        assert home.unsettled() == 0
