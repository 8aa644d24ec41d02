"""Drafts of notes outlive the program: it may end in any way, at any time."""

import contextlib
import shutil
import stat
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox_tui.inbox.drafts import read_drafts
from inbox_tui.screens.note_editor import NoteEditor
from tests.ui.inbox_harness import Home, lone_home, open_inbox

FAMILY = "👩\u200d👩\u200d👧 می\u200cخواهم क्\u200dष ☎\ufe0e ❤\ufe0f"


def killed(home, directory):
    """What would be there had the program been killed now."""
    shutil.copytree(home.data, directory / "data")
    return lone_home(directory)


def draft_files(home):
    folder = home.data / "drafts"
    return sorted(folder.iterdir()) if folder.exists() else []


async def left_with(inbox, text):
    """Begin a note, type, and leave the box."""
    await inbox.press("i")
    await inbox.opened(NoteEditor)
    await inbox.typed(text)
    await inbox.press("escape")
    await inbox.until(lambda: "kept as a draft" in inbox.status, "the notice")


async def goes_on(inbox):
    """Nothing was begun on the next row; go on with the draft on the first, and save it."""
    await inbox.press("j", "i")
    await inbox.opened(NoteEditor)
    assert inbox.app.screen.text == ""
    await inbox.press("escape", "k", "i")
    await inbox.until(lambda: inbox.note == "half", "the draft")
    await inbox.typed(" done")
    await inbox.press("enter")
    await inbox.until(lambda: inbox.app.screen is inbox.screen)
    assert inbox.home.seen(inbox.row.key).notes.endswith(": half done")
    await inbox.until(lambda: not draft_files(inbox.home), "the draft to go")


@pytest.mark.slow
async def test_esc_keeps_a_draft_that_i_goes_on_with(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await left_with(inbox, "half")
        await goes_on(inbox)
        await inbox.press("i")
        await inbox.opened(NoteEditor)
        assert inbox.app.screen.text == ""


@pytest.mark.slow
async def test_a_draft_is_offered_again_after_the_program_ended(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        await left_with(inbox, "half")
        (path,) = draft_files(home)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    async with open_inbox(home, leads=False) as inbox:
        await goes_on(inbox)


@pytest.mark.slow
async def test_a_kill_while_typing_loses_no_more_than_the_last_second(tmp_path):
    (tmp_path / "two").mkdir()
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("i")
        await inbox.opened(NoteEditor)
        await inbox.typed("so far")
        await inbox.until(lambda: draft_files(home), "the draft on the disk")
        await inbox.typed(" and on")
        await inbox.until(
            lambda: [path.read_bytes() for path in draft_files(home)] == [b"so far and on"], "the rest"
        )
        left = killed(home, tmp_path / "two")
    async with open_inbox(left, leads=False) as inbox:
        await inbox.press("i")
        await inbox.until(lambda: inbox.note == "so far and on", "the draft")


@pytest.mark.slow
async def test_a_draft_that_is_emptied_is_not_offered_again(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        await left_with(inbox, "ab")
        await inbox.press("i")
        await inbox.until(lambda: inbox.note == "ab", "the draft")
        await inbox.press("backspace", "backspace", "escape")
        await inbox.until(lambda: not draft_files(home), "the draft to go")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("i")
        await inbox.opened(NoteEditor)
        assert inbox.app.screen.text == ""


@pytest.mark.slow
async def test_a_draft_that_cannot_be_written_is_said_at_once_and_kept_while_the_program_runs(tmp_path):
    home = lone_home(tmp_path)
    (home.data / "drafts").write_text("in the way")
    async with open_inbox(home, leads=False, size=(160, 32)) as inbox:
        await inbox.press("i")
        await inbox.opened(NoteEditor)
        await inbox.typed("half")
        await inbox.until(lambda: "the draft cannot be written" in inbox.text, "the sentence")
        await inbox.press("escape")
        await inbox.until(lambda: "only until the program ends" in inbox.text, "the warning")
        await inbox.press("i")
        await inbox.until(lambda: inbox.note == "half", "the draft")


@pytest.mark.slow
async def test_joiners_and_foreign_blanks_are_kept_as_they_are_typed_and_after_a_restart(tmp_path):
    home = lone_home(tmp_path)
    text = FAMILY + "\u3000全角\u00a0x"
    async with open_inbox(home, leads=False) as inbox:
        await left_with(inbox, text)
        assert [path.read_bytes() for path in draft_files(home)] == [text.encode()]
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("i")
        await inbox.until(lambda: inbox.note == text, "the draft, byte for byte")
        await inbox.press("enter")
        await inbox.until(lambda: inbox.app.screen is inbox.screen)
        assert home.seen(inbox.row.key).notes.endswith(f": {text}")
        assert inbox.app.fence.hits == 0


async def test_joiners_are_typed_into_the_filter_too(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        inbox.send("/", *"می\u200cخ❤\ufe0f👩\u200d👧")
        await inbox.until(lambda: inbox.screen.filter_bar.is_open, "the bar")
        await inbox.until(lambda: "می\u200cخ❤\ufe0f👩\u200d👧" in inbox.screen.filter_bar.text, "the letters")


async def test_a_joiner_is_no_command_in_the_list(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("\u200d", "\u200c")
        assert inbox.app.screen is inbox.screen


@pytest.mark.parametrize("control", ["\x1b", "\x07", "\u202e", "\u200b", "\x9b"])
async def test_no_control_character_is_ever_typed(tmp_path, control):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("i")
        await inbox.opened(NoteEditor)
        await inbox.press("a", control, "b")
        await inbox.until(lambda: inbox.note == "ab", "the letters")


def editor_script(path, body):
    path.write_text(f"import sys\npath = sys.argv[1]\n{body}\n", encoding="utf-8")
    return f"{sys.executable} {path}"


@pytest.mark.slow
async def test_a_whole_note_that_could_not_be_saved_is_offered_by_the_next_program(tmp_path, monkeypatch):
    monkeypatch.setattr("inbox_tui.app.InboxApp.suspend", lambda _: contextlib.nullcontext())
    home = lone_home(tmp_path)
    home.environ["EDITOR"] = editor_script(tmp_path / "edit.py", "open(path, 'a').write('long text')")
    async with open_inbox(home, leads=False) as inbox:
        inbox.screen.editing.run = lambda *_, failed, **__: failed("NOT SAVED: the disk is full")
        await inbox.press("I")
        await inbox.until(lambda: "I goes on with your text" in inbox.text, "the sentence")
        await inbox.until(lambda: draft_files(home), "the draft on the disk")
    home.environ["EDITOR"] = editor_script(tmp_path / "same.py", "")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("i")
        await inbox.opened(NoteEditor)
        assert inbox.app.screen.text == ""
        await inbox.press("escape", "I")
        await inbox.until(lambda: home.seen(inbox.row.key).notes == "long text", "the note")
        await inbox.until(lambda: not draft_files(home), "the draft to go")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(min_size=1), kind=st.sampled_from(["line", "whole"]), source=st.text(), id_=st.text())
def test_a_draft_comes_back_byte_for_byte_and_belongs_to_one_submission(tmp_path, text, kind, source, id_):
    from cache.models import Key
    from inbox_tui.inbox.drafts import draft_name, remove_draft, write_draft

    folder, name = tmp_path / "drafts", draft_name(kind, Key(source, id_))
    write_draft(folder, name, text)
    assert read_drafts(folder) == {name: text}
    assert draft_name(kind, Key(source + id_, "")) != name or (source + id_, "") == (source, id_)
    remove_draft(folder, name)
    assert read_drafts(folder) == {}


def test_a_half_written_draft_and_foreign_files_are_no_drafts(tmp_path):
    home = Home(tmp_path)
    folder = home.data / "drafts"
    folder.mkdir(parents=True)
    (folder / "note-x1.txt").write_text("of the editor")
    (folder / f"line-{'0' * 32}.txt.new").write_text("half")
    (folder / f"line-{'1' * 32}.txt").symlink_to(tmp_path / "elsewhere")
    (folder / f"line-{'2' * 32}.txt").write_bytes(b"\xff\xfe")
    assert read_drafts(folder) == {}
