"""The conversation a submission came from: read when its tab is looked at, and kept while the inbox runs."""

import contextlib
import json
import sqlite3

import pytest

from cache.models import Key
from cache.query import parse_query
from inbox_tui.demo.faults import Fault
from tests.ui.inbox_harness import home_for, lone_home, open_inbox, serving

MESSAGES = "GET /v1/conversations/{id}/messages"


def chatted(home) -> tuple[Key, str]:
    """A submission that came from a conversation, and the id of that."""
    with home.local() as local:
        reader = local.reader
        for row in reader.rows(reader.rowids(parse_query(""))):
            detail = reader.detail(row.key)
            assert detail is not None
            if (conversation := detail.submission.attribution.conversation_id) is not None:
                return row.key, conversation
    raise AssertionError("no submission came from a conversation")


def say(directory, conversation: str, role: str, parts: list[dict[str, object]]) -> None:
    """Something more is said in a conversation on the server."""
    with contextlib.closing(sqlite3.connect(directory / "server.db", isolation_level=None)) as conn:
        conn.execute(
            "INSERT INTO awardee_messages (conversation_id, role, author_id, parts, created_at)"
            " VALUES (?, ?, NULL, ?, 1779440000000000)",
            (conversation, role, json.dumps(parts)),
        )


@pytest.mark.slow
async def test_the_messages_are_read_when_the_tab_is_opened_and_once_only(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        key, conversation = chatted(home)
        words = [{"order": 1, "text": "second \x1b[31mpart"}, {"order": 0, "text": "first part"}]
        say(tmp_path, conversation, "user", [*words, {"order": 2, "file_name": "plan.pdf"}])
        async with open_inbox(home, view="all") as inbox:
            await inbox.online()
            await inbox.to(key)
            assert "Chat" in inbox.text
            asked = [one for one in server.requests if one.path.endswith("/messages")]
            assert asked == []
            await inbox.press("t", "c", "enter", "G")
            await inbox.until(lambda: "first part" in inbox.text, "the message")
            shown = inbox.text
            assert shown.index("first part") < shown.index("second")
            assert "visitor  22 May" in shown
            assert "[file: plan.pdf]" in shown
            await inbox.press("g", "g")
            await inbox.until(lambda: "Let me look that up for you." in inbox.text, "the assistant")
            await inbox.press("h", "k", "j")
            await inbox.until(lambda: "Let me look that up for you." in inbox.text, "the assistant again")
            asked = [one for one in server.requests if one.path.endswith("/messages")]
            assert len(asked) == 1


@pytest.mark.slow
async def test_a_conversation_that_may_not_be_read_says_why_and_can_be_asked_for_again(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        key, _ = chatted(home)
        server.faults.add(Fault(MESSAGES, "status", status=403, times=1))
        async with open_inbox(home, view="all") as inbox:
            await inbox.online()
            await inbox.to(key)
            await inbox.press("t", "c")
            await inbox.until(lambda: "the conversation could not be read:" in inbox.text, "the reason")
            assert "t c asks again" in inbox.text
            await inbox.press("t", "c")
            await inbox.until(lambda: "Let me look that up for you." in inbox.text, "the conversation")


async def test_without_the_lead_it_is_said_that_it_cannot_be_read_and_is_not_kept(tmp_path):
    home = lone_home(tmp_path)
    key, _ = chatted(home)
    async with open_inbox(home, view="all", leads=False) as inbox:
        await inbox.until(lambda: inbox.connection is not None, "the engine")
        await inbox.to(key)
        await inbox.press("t", "c")
        await inbox.until(lambda: "could not be read: Another" in inbox.text, "the reason")
        assert "it is not kept on this machine" in inbox.text


async def test_a_submission_without_a_conversation_has_no_such_tab_and_says_so_when_asked(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        assert "Chat" not in inbox.text
        await inbox.press("t", "c")
        await inbox.until(lambda: "came from no conversation" in inbox.text, "the sentence")
        assert "[Chat]" in inbox.text
