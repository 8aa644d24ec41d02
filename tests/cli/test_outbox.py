"""`inbox-tui outbox` by real runs: what waits, what was given up, and how it comes back."""

import sqlite3
from contextlib import closing

import pytest

from cache.outbox.overwrites import OverwriteLog
from inbox_tui.demo.faults import Fault

ROW = "7"


def identifier(cli):
    return cli.json("show", ROW, "--json")["id"]


MINE, THEIRS = "in_progress", "spam"


def conflict(cli, server, field="status", base="read", mine=MINE, theirs=THEIRS, option="--status"):
    """Both sides change a field; a sync finds that out."""
    target = identifier(cli)
    assert cli("set", ROW, option, base, "--wait").exit_code == 0
    assert cli("set", ROW, option, mine).exit_code == 0
    server.act_as(server.members()[1]["user_id"], target, {field: theirs})
    assert cli("sync").exit_code == 4
    return target


def note_conflict(cli, server):
    return conflict(cli, server, "notes", "call at nine", "call at ten\nmine", "call at two", "--note")


@pytest.mark.parametrize(("rule", "sent"), [("--mine", "in_progress"), ("--theirs", "spam")])
def test_settle_as_json_names_what_was_settled_and_sync_carries_it_out(synced, server, rule, sent):
    target = conflict(synced, server)
    (settled,) = synced.json("outbox", "settle", ROW, rule, "--json")
    assert (settled["field"], settled["want"], settled["state"]) == ("status", "in_progress", "conflict")
    assert synced("sync").exit_code == 0
    assert server.submission(target)["status"] == sent


def test_without_a_command_the_edits_are_listed(synced, server):
    conflict(synced, server)
    alone, named = synced("outbox"), synced("outbox", "list")
    assert alone.exit_code == 0
    assert "conflict" in alone.stdout
    assert (alone.stdout, alone.stderr) == (named.stdout, named.stderr)
    assert synced("outbox", "--json").stdout == synced("outbox", "list", "--json").stdout
    assert synced("outbox", "--json", "history").exit_code == 2


def test_settle_with_merge_sends_both_texts(synced, server):
    target = note_conflict(synced, server)
    assert synced("outbox", "settle", ROW, "--merge", "--field", "status").exit_code == 2
    result = synced("outbox", "settle", ROW, "--merge")
    assert result.exit_code == 0
    assert "both texts will be sent" in result.stdout
    assert synced("sync").exit_code == 0
    notes = server.submission(target)["notes"]
    assert notes.startswith("call at two\n")
    assert notes.endswith("mine")


def test_settle_with_merge_where_only_the_status_clashes_is_exit_1(synced, server):
    conflict(synced, server)
    result = synced("outbox", "settle", ROW, "--merge")
    assert result.exit_code == 1
    assert "no conflict over notes" in result.stderr


def test_what_was_given_up_in_a_conflict_is_in_the_history_and_restored_by_its_number(synced, server):
    """inv 1"""
    target = conflict(synced, server)
    synced("outbox", "settle", ROW, "--theirs")
    newest = synced.json("outbox", "history", ROW, "--json")[0]
    assert (newest["kind"], newest["before"], newest["after"]) == ("lost", "in_progress", "spam")
    assert "given up in a conflict" in synced("outbox", "history").stdout
    result = synced("outbox", "restore", str(newest["number"]))
    assert result.exit_code == 0
    assert result.stdout == "restored SUB-0007 status.\n"
    assert synced("sync").exit_code == 0
    assert server.submission(target)["status"] == "in_progress"
    assert synced("undo").stdout == "undone: restored SUB-0007 status.\n"


def test_history_is_limited_newest_first_and_of_one_submission_when_asked(synced):
    for status in ("read", "in_progress", "resolved"):
        synced("set", ROW, "--status", status)
    synced("set", "8", "--flag")
    afters = [line["after"] for line in synced.json("outbox", "history", ROW, "--json")]
    assert afters[0] == "resolved"
    assert len(synced.json("outbox", "history", "--limit", "2", "--json")) == 2
    assert synced.json("outbox", "history", "--json")[0]["ref"] == "SUB-0008"


def test_an_empty_history_is_no_failure(synced):
    result = synced("outbox", "history")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing was changed yet" in result.stderr
    assert synced.json("outbox", "history", "--json") == []


@pytest.mark.parametrize("words", [["restore", "99"], ["restore", "99", "--overwrite"], ["dismiss", "99"]])
def test_a_number_nobody_has_is_exit_1(synced, words):
    result = synced("outbox", *words)
    assert result.exit_code == 1
    assert result.stderr.startswith("inbox-tui: ")


def test_retry_of_one_field_as_json_shows_how_it_stands_now(synced, server):
    synced("set", ROW, "--note", "hello", "--priority", "low")
    server.faults.add(
        Fault("PATCH /v1/submissions/{id}", "status", status=400, field_errors={"notes": ["is too long"]})
    )
    assert synced("sync").exit_code == 4
    server.faults.clear()
    (again,) = synced.json("outbox", "retry", ROW, "--field", "notes", "--json")
    assert (again["field"], again["state"], again["error"]) == ("notes", "queued", None)
    assert synced.json("outbox", "discard", ROW, "--field", "notes", "--json")[0]["want"] == "hello"
    assert "notes" not in [edit["field"] for edit in synced.json("outbox", "list", "--json")]


def overwritten(cli, server, *, known=True):
    target = identifier(cli)
    with closing(sqlite3.connect(cli.data / "outbox.db", isolation_level=None)) as conn:
        OverwriteLog(conn).record(
            ("acme", target),
            "priority",
            attempt=1,
            theirs="low",
            mine="high",
            actor_id=server.members()[1]["user_id"],
            actor_name="Ann\x1b[2J",
            at=1_779_000_000,
            known=known,
        )


def test_an_overwritten_value_is_listed_and_restored(synced, server):
    """inv 11"""
    overwritten(synced, server)
    line = synced("outbox", "list").stdout
    assert "your high overwrote what Ann" in line
    assert "\x1b" not in line
    (listed,) = synced.json("outbox", "list", "--json")
    assert (listed["state"], listed["base"], listed["want"]) == ("overwrote", "low", "high")
    assert synced("outbox", "restore", str(listed["overwrite"]), "--overwrite").exit_code == 0
    (edit,) = synced.json("outbox", "list", "--json")
    assert (edit["field"], edit["want"], edit["state"]) == ("priority", "low", "queued")


def test_an_overwritten_value_can_be_let_be_and_an_unknown_one_not_be_restored(synced, server):
    overwritten(synced, server, known=False)
    assert "outbox restore" not in synced("outbox", "list").stdout
    assert synced("outbox", "restore", "1", "--overwrite").exit_code == 1
    assert synced("outbox", "dismiss", "1").exit_code == 0
    assert synced("outbox", "list").stdout == ""
    assert synced("outbox", "dismiss", "1").exit_code == 1


def test_undo_of_a_sent_change_is_sent_back(synced, server):
    target = identifier(synced)
    before = server.submission(target)["priority"]
    mine = "high" if before != "high" else "low"
    assert synced("set", ROW, "--priority", mine, "--wait").exit_code == 0
    assert synced("undo").exit_code == 0
    assert synced("sync").exit_code == 0
    assert server.submission(target)["priority"] == before
    assert synced("redo").exit_code == 0
    assert synced("sync").exit_code == 0
    assert server.submission(target)["priority"] == mine


def test_undo_of_a_sent_change_that_somebody_changed_since_is_a_conflict_and_exit_4(synced, server):
    """inv 10"""
    target = identifier(synced)
    before = synced.json("show", ROW, "--json")["status"]
    mine, theirs = [status for status in ("read", "in_progress", "spam") if status != before][:2]
    assert synced("set", ROW, "--status", mine, "--wait").exit_code == 0
    server.act_as(server.members()[1]["user_id"], target, {"status": theirs})
    assert synced("sync").exit_code == 0
    result = synced("undo")
    assert result.exit_code == 4
    assert "was changed by somebody since" in result.stderr
    (edit,) = synced.json("outbox", "list", "--json")
    assert (edit["state"], edit["base"], edit["want"], edit["server"]) == ("conflict", mine, before, theirs)
    assert synced("sync").exit_code == 4  # it is not sent while it waits
    assert server.submission(target)["status"] == theirs
    assert synced("outbox", "settle", ROW, "--mine").exit_code == 0
    assert synced("sync").exit_code == 0
    assert server.submission(target)["status"] == before


def test_a_change_by_query_is_one_step_of_undo(synced):
    synced("set", "--query", "is:open", "--priority", "high", "--yes")
    assert synced.json("outbox", "list", "--json")
    assert synced("undo").exit_code == 0
    assert synced.json("outbox", "list", "--json") == []
