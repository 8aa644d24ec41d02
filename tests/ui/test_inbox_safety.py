"""What the inbox must never do: touch disk or network on the UI thread, obey a submission, tell secrets."""

import contextlib
import json
import socket
import sqlite3
import threading

import pytest
from textual.content import Content
from textual.widgets import Static

from cache.errors import CacheError
from cache.schema import OUTBOX, open_database
from cache.store.reader import Reader
from inbox_tui.demo.hostile import HOSTILE
from inbox_tui.screens.note_editor import NoteEditor
from inbox_tui.start import run_inbox
from tests.hostile_corpus import CANARY
from tests.hostile_corpus import HOSTILE as CORPUS
from tests.ui.inbox_harness import home_for, lone_home, open_inbox, serving

TABS = "fntmj"


async def test_the_ui_thread_opens_no_database_and_no_socket(tmp_path, monkeypatch):
    here, opened = threading.current_thread(), []
    connect, dial = sqlite3.connect, socket.socket.connect

    def watched_connect(*args, **named):
        opened.append(("sqlite", threading.current_thread()))
        return connect(*args, **named)

    def watched_dial(self, address):
        opened.append(("socket", threading.current_thread()))
        return dial(self, address)

    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        monkeypatch.setattr(sqlite3, "connect", watched_connect)
        monkeypatch.setattr(socket.socket, "connect", watched_dial)
        async with open_inbox(home) as inbox:
            await inbox.online()
            await inbox.press("f", "j", "p", "1", "l", "t", "t", "h", "g", "a", "]", "[", "u", "$", "/")
            await inbox.typed("p:low")
            await inbox.press("enter", "i")
            await inbox.opened(NoteEditor)
            await inbox.typed("x")
            await inbox.press("enter")
            await inbox.until(lambda: inbox.app.screen is inbox.screen, "the note")
            await inbox.settled()
            inbox.send("q")
            await inbox.until(lambda: inbox.app._exit, "the end")
    assert any(what == "sqlite" for what, _ in opened)
    assert [what for what, thread in opened if thread is here] == []


def hostile_answers():
    """Every case of both corpora that JSON can carry, three to a submission."""
    texts = [text for answer in HOSTILE for text in (answer.name, answer.message)]
    for text in CORPUS.values():
        with contextlib.suppress(UnicodeEncodeError):
            text.encode()
            texts.append(text[:3_000])
    texts += ["plain"] * (-len(texts) % 3)
    return [texts[at : at + 3] for at in range(0, len(texts), 3)]


@pytest.mark.slow
async def test_a_hostile_submission_does_nothing_on_any_tab_or_list(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        count = 0
        for texts in hostile_answers():
            count += 1
            server.add_submission(
                status="new",
                notes=texts[-1],
                data={
                    f"block{at}": {"type": "text", "label": text, "value": text, "order": at}
                    for at, text in enumerate(texts)
                },
                metadata={texts[0]: texts[-1]},
            )
        async with open_inbox(home, size=(100, 30)) as inbox:
            await inbox.online()
            await inbox.press("$")
            await inbox.until(lambda: inbox.rows.total == 23 + count, "the hostile ones")
            await inbox.press("g", "g")
            for _ in range(count):
                await inbox.read()
                for tab in TABS:
                    inbox.send("t", tab)
                    await inbox.pilot._wait_for_screen()
                await inbox.press("j")
            await inbox.pilot.resize_terminal(60, 20)
            await inbox.settled()
            assert not inbox.app._exit
            assert inbox.app.fence.hits == 0
            assert inbox.app.clipboard == ""


async def test_an_error_of_the_program_ends_it_and_tells_where_but_nothing_somebody_wrote(tmp_path, capsys):
    home = lone_home(tmp_path)

    def fail(_):
        secret = "sk-local-value"
        raise KeyError(f"\x1b[31m{CANARY} {secret}")

    async def run():
        async with open_inbox(home, leads=False) as inbox:
            inbox.app.store.submit(fail)
            await inbox.until(lambda: inbox.app._exception, "the end")

    with pytest.raises(KeyError):
        await run()
    told = capsys.readouterr().err
    assert "KeyError" in told
    assert "inbox_tui/store_thread.py" in told
    assert "textual" not in told
    assert CANARY not in told
    assert "sk-local-value" not in told


async def test_a_local_copy_that_cannot_be_read_is_said(tmp_path):
    home = lone_home(tmp_path)

    def fail(_):
        raise sqlite3.DatabaseError("database disk image is malformed")

    async with open_inbox(home, leads=False) as inbox:
        inbox.app.store.submit(fail)
        await inbox.until(lambda: "local copy is damaged" in inbox.status, "the sentence")
        assert "your edits are safe" in inbox.status
        await inbox.press("j")
        assert inbox.rows.cursor_position == 1


def fail_to_read(*_, **__):
    raise sqlite3.OperationalError("disk I/O error")


async def test_rows_that_cannot_be_read_are_said_stay_on_screen_and_are_read_at_a_key(tmp_path, monkeypatch):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        refs = inbox.refs
        monkeypatch.setattr(Reader, "window", fail_to_read)
        await inbox.press("g", "a")
        await inbox.until(lambda: "Rows were not read" in inbox.status, "the sentence")
        for words in ("those on screen stay", "ctrl+l tries again", "disk I/O error"):
            assert words in inbox.status
        assert inbox.refs == refs
        monkeypatch.undo()
        await inbox.press("ctrl+l")
        await inbox.until(lambda: inbox.rows.total == 60, "the rows of the view")
        assert "not read" not in inbox.status


async def test_an_inbox_whose_first_rows_cannot_be_read_says_so_and_takes_keys(tmp_path, monkeypatch):
    home = lone_home(tmp_path)
    monkeypatch.setattr(Reader, "top", fail_to_read)
    async with open_inbox(home, leads=False, rows=False) as inbox:
        await inbox.until(lambda: "Rows were not read" in inbox.status, "the sentence")
        monkeypatch.undo()
        await inbox.press("ctrl+l")
        await inbox.until(lambda: inbox.rows.total == 23, "the rows")
        inbox.send("q")
        await inbox.until(lambda: inbox.app._exit, "the end")


async def test_a_timeline_or_counts_that_cannot_be_read_are_said(tmp_path, monkeypatch):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        with monkeypatch.context() as broken:
            broken.setattr(Reader, "events", fail_to_read)
            await inbox.press("t", "t")
            await inbox.until(lambda: "cannot be read: disk I/O error" in inbox.status, "the sentence")
        await inbox.press("t", "f")
        await inbox.until(lambda: "cannot be read" not in inbox.status, "the sentence to go")
        monkeypatch.setattr(Reader, "unsettled", fail_to_read)
        inbox.screen.facts_reader.changed()
        await inbox.until(lambda: "cannot be read: disk I/O error" in inbox.status, "the sentence")


async def test_an_engine_that_cannot_run_is_said_and_edits_can_be_made(tmp_path, monkeypatch):
    home = lone_home(tmp_path)

    def refuse(*_, **__):
        raise CacheError("The engine cannot run here.")

    monkeypatch.setattr("inbox_tui.workspace.Workspace.engine", refuse)
    async with open_inbox(home) as inbox:
        await inbox.until(lambda: "The engine cannot run here" in inbox.text, "the sentence")
        await inbox.press("$")
        await inbox.until(lambda: "nothing can be synced" in inbox.status, "what a sync does now")
        await inbox.press("p", "1")
        await inbox.until(lambda: inbox.row.priority == "low", "the edit")


def test_a_newer_file_is_told_before_the_screen_with_code_3(tmp_path, capsys):
    home = lone_home(tmp_path)
    conn = open_database(home.data, OUTBOX)
    conn.execute("PRAGMA user_version = 99")
    conn.close()
    assert run_inbox([], home.environ) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "newer version" in err
    assert err.count("\n") == 1


def test_a_damaged_file_is_told_before_the_screen_with_code_1(tmp_path, capsys):
    home = lone_home(tmp_path)
    (home.data / OUTBOX.name).write_bytes(b"not a database, " * 1000)
    assert run_inbox([], home.environ) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "outbox.db" in err
    assert "nothing in it can be read" in err
    assert "Traceback" not in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--view", "inbx"], "Did you mean inbox?"),
        (["--view=nothing-like-it"], "Views: inbox, mine"),
        (["--query", "p:hgh"], "hgh"),
    ],
)
def test_a_wrong_option_is_one_sentence_and_code_2(tmp_path, capsys, words, sentence):
    assert run_inbox(words, lone_home(tmp_path).environ) == 2
    assert sentence in capsys.readouterr().err


def test_a_configuration_without_a_source_names_the_demo(tmp_path, capsys):
    home = lone_home(tmp_path)
    home.config.write_text("[ui]\n", encoding="utf-8")
    assert run_inbox([], home.environ) == 2
    assert "inbox-tui demo" in capsys.readouterr().err


async def test_the_first_view_and_query_are_those_asked_for(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, view="resolved", leads=False) as inbox:
        assert inbox.rows.total == 33
    async with open_inbox(home, query="p:high is:open", leads=False) as inbox:
        assert inbox.screen.filter_bar.text == "p:high is:open"
        assert json.dumps(inbox.row.priority) == '"high"'


async def test_what_slips_past_everything_else_is_stopped_at_the_fence(tmp_path):
    async with open_inbox(lone_home(tmp_path), size=(39, 7), leads=False) as inbox:
        assert inbox.app.fence.hits == 0
        inbox.screen.query_one("#too-small", Static).update(Content("slipped \x1b]52;c;cm0=\x07"))
        await inbox.until(lambda: "slipped" in inbox.text, "the text")
        assert inbox.app.fence.hits > 0
        assert "\x1b" not in inbox.text
