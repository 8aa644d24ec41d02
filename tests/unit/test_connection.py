"""What asking for a sync is said to do."""

import pytest

from cache.sync.status import Connection, SourceStatus
from inbox_tui.inbox.connection import SourceNotes, source_sentence, sync_sentence


@pytest.mark.parametrize(
    ("connection", "words", "severity"),
    [
        (Connection.ONLINE, "syncing now", "info"),
        (Connection.SYNCING, "syncing now", "info"),
        (Connection.STARTING, "connecting", "info"),
        (Connection.FOLLOWING, "another inbox-tui has the connection", "info"),
        (Connection.OFFLINE, "no connection: trying again now", "warning"),
        (Connection.RETRY, "trying again now", "warning"),
        (Connection.RATE, "asked to wait", "warning"),
        (Connection.AUTH, "the key is missing or was refused", "warning"),
        (Connection.STOPPED, "trying again now", "warning"),
    ],
)
def test_each_state_of_a_connection_has_its_own_truth(connection, words, severity):
    sentence, how_bad = sync_sentence([SourceStatus("acme", connection)], is_running=True)
    assert words in sentence
    assert how_bad == severity
    assert ("syncing" in sentence) is (connection in (Connection.ONLINE, Connection.SYNCING))


def test_sources_that_differ_are_named_and_those_that_do_not_are_not():
    online = [SourceStatus("acme", Connection.ONLINE), SourceStatus("beta", Connection.SYNCING)]
    assert sync_sentence(online, is_running=True) == ("syncing now", "info")
    sentence, severity = sync_sentence([*online, SourceStatus("gamma", Connection.AUTH)], is_running=True)
    assert sentence.startswith("acme, beta: syncing now; gamma: the key")
    assert severity == "warning"


def test_an_engine_that_ended_syncs_nothing_whatever_was_told_last():
    sentence, severity = sync_sentence([SourceStatus("acme", Connection.ONLINE)], is_running=False)
    assert "nothing can be synced" in sentence
    assert severity == "error"


def test_a_note_outlasts_a_failure_and_goes_when_a_working_connection_says_nothing():
    notes = SourceNotes()
    assert notes.take(SourceStatus("shop", Connection.ONLINE, message="A possible gap."))
    assert notes.of("shop") == "A possible gap."
    assert not notes.take(SourceStatus("shop", Connection.OFFLINE, message="No route."))
    assert not notes.take(SourceStatus("shop", Connection.SYNCING))
    assert notes.all == {"shop": "A possible gap."}
    assert notes.take(SourceStatus("shop", Connection.ONLINE))
    assert notes.of("shop") == ""


def test_failing_and_noted_sources_are_marked_and_opening_their_view_says_why():
    notes = SourceNotes()
    statuses = {
        "acme": SourceStatus("acme", Connection.ONLINE),
        "shop": SourceStatus("shop", Connection.ONLINE, message="The FREE plan tells less."),
        "bots": SourceStatus("bots", Connection.AUTH, message="There is no key."),
    }
    for status in statuses.values():
        notes.take(status)
    assert notes.marked(statuses) == {"shop", "bots"}
    assert notes.of_view("acme", statuses) == ""
    assert notes.of_view("shop", statuses) == "shop: The FREE plan tells less."
    assert notes.of_view("bots", statuses) == "bots: There is no key"


def test_a_source_that_may_only_be_read_is_said_to_be():
    status = SourceStatus("acme", Connection.ONLINE, read_only=True)
    assert source_sentence(status, "A note.") == "online, and its key may only read. A note"
