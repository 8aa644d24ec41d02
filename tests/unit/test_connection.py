"""What asking for a sync is said to do."""

import pytest

from cache.sync.status import Connection, SourceStatus
from inbox_tui.inbox.connection import sync_sentence


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
