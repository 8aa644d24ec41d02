"""Deleting at the source: by the palette alone, after the name was typed, and only where it can be done."""

import contextlib

import pytest

from cache.sync.status import Connection
from inbox_tui.demo import postbox
from inbox_tui.demo.faults import Fault
from inbox_tui.screens.delete_screen import DeleteScreen
from inbox_tui.screens.palette import PaletteScreen
from tests.ui.four_systems import four_home, serving_four
from tests.ui.inbox_harness import open_inbox

ONE = "DELETE /postbox/api/forms/{id}/submissions/{id}"


@contextlib.asynccontextmanager
async def at(tmp_path, query="source:postbox", *, online="postbox", **options):
    with serving_four(tmp_path) as server:
        home = four_home(tmp_path, server)
        async with open_inbox(home, query=query, **options) as inbox:
            if online:
                statuses = inbox.screen.statuses
                await inbox.until(
                    lambda: online in statuses and statuses[online].connection is Connection.ONLINE,
                    "the connection",
                )
            yield server, inbox


async def palette(inbox):
    await inbox.press(":")
    await inbox.opened(PaletteScreen)
    await inbox.typed("delete at")


async def asked(inbox):
    await palette(inbox)
    await inbox.press("enter")
    await inbox.opened(DeleteScreen)


def held(server, key):
    ledger = postbox.Ledger(server.database, server.seed)
    forms = ("contact", "bestellung", "newsletter", "support")
    rows = [row["id"] for slug in forms for row in ledger.submissions(ledger.form_id(slug), "A")]
    return key.id in rows


def presence(home, key):
    with home.local() as local:
        row = local.reader.row(key)
    return row is not None and row.gone


@pytest.mark.slow
async def test_it_is_deleted_there_after_its_name_was_typed_and_dimmed_here(tmp_path):
    async with at(tmp_path) as (server, inbox):
        key, ref = inbox.row.key, inbox.row.ref
        await asked(inbox)
        assert f"Type {ref} to delete it" in inbox.text
        assert "nobody can bring it back" in inbox.text
        assert "Enter delete" not in inbox.text
        await inbox.typed(ref)
        assert "Enter delete" in inbox.text
        await inbox.press("enter")
        await inbox.until(lambda: f"deleted {ref} at postbox" in inbox.status, "the word")
        assert not held(server, key)
        await inbox.until(lambda: presence(inbox.home, key), "the mark")


@pytest.mark.slow
async def test_without_the_name_nothing_is_deleted(tmp_path):
    async with at(tmp_path) as (server, inbox):
        key, ref = inbox.row.key, inbox.row.ref
        await asked(inbox)
        await inbox.press("enter")
        await inbox.until(lambda: f"That is not {ref}" in inbox.text, "the refusal")
        await inbox.typed(ref[:-1])
        await inbox.press("enter")
        await inbox.until(lambda: f"That is not {ref}" in inbox.text, "the refusal")
        await inbox.press("escape")
        await inbox.until(lambda: not isinstance(inbox.app.screen, DeleteScreen), "the inbox")
        assert held(server, key)
        assert not presence(inbox.home, key)


@pytest.mark.slow
async def test_what_the_server_refuses_is_one_sentence_and_the_row_stays(tmp_path):
    async with at(tmp_path) as (server, inbox):
        key, ref = inbox.row.key, inbox.row.ref
        refusal = b'{"error": {"code": 422, "message": "Still busy"}}'
        server.faults.add(Fault(ONE, "status", status=422, body=refusal))
        await asked(inbox)
        await inbox.typed(ref)
        await inbox.press("enter")
        await inbox.until(lambda: "Still busy" in inbox.status, "the sentence")
        assert held(server, key)
        assert not presence(inbox.home, key)


@pytest.mark.slow
async def test_a_system_without_deletion_is_dimmed_with_the_reason(tmp_path):
    async with at(tmp_path, "source:acme", online="acme") as (_, inbox):
        await palette(inbox)
        await inbox.until(lambda: "Awardee offers no way to" in inbox.text, "the reason")
        await inbox.press("enter")
        await inbox.until(lambda: "Nothing can be deleted at acme" in inbox.status, "the sentence")
        assert not isinstance(inbox.app.screen, DeleteScreen)


@pytest.mark.slow
async def test_it_is_refused_without_a_connection_and_where_another_process_leads(tmp_path):
    home = four_home(tmp_path)
    async with open_inbox(home, query="source:postbox") as inbox:
        statuses = inbox.screen.statuses
        await inbox.until(
            lambda: "postbox" in statuses and statuses["postbox"].connection is Connection.OFFLINE, "offline"
        )
        await palette(inbox)
        await inbox.press("enter")
        await inbox.until(
            lambda: "Nothing can be deleted at postbox now: it cannot be reached" in inbox.status, "the word"
        )
    async with open_inbox(home, query="source:postbox", leads=False) as inbox:
        await inbox.until(lambda: "postbox" in inbox.screen.statuses, "the lead")
        await palette(inbox)
        await inbox.press("enter")
        await inbox.until(lambda: "does the network work; delete it there" in inbox.status, "the word")


@pytest.mark.slow
async def test_the_question_fits_a_small_terminal(tmp_path):
    async with at(tmp_path, size=(60, 20)) as (_, inbox):
        await asked(inbox)
        ref = inbox.row.ref
        await inbox.until(lambda: f"Type {ref}" in inbox.text and "Esc keeps it" in inbox.text, "the box")
