import os
import re
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest

from cache.models import Member
from cache.query.compile import QueryContext
from cache.sync.leader import LeaderLock
from inbox_tui.cli.session import person
from inbox_tui.demo.faults import Fault
from inbox_tui.outcome import Failure


@pytest.fixture
def fresh(synced):
    """The reference of a new submission without flag, assignee or notes."""
    rows = synced.json("list", "is:new", "-is:flagged", "is:unassigned", "--json")
    return next(row["ref"] for row in rows if not row["notes"] and row["priority"] == "none")


def full_name(member):
    return " ".join(filter(None, (member["first_name"], member["last_name"])))


def values(cli, ref):
    row = cli.json("show", ref, "--json")
    return {name: row[name] for name in ("status", "priority", "flagged", "assignee_id", "notes")}


def test_several_changes_are_one_gesture(synced, server, fresh):
    result = synced("set", fresh, "--status", "in_progress", "--priority", "high", "--flag", "--note", "x")
    assert result.exit_code == 0
    assert result.stdout == f"changed status, priority, flag and notes of {fresh}.\n"
    assert result.stderr == "The next inbox or `inbox-tui sync` sends the changes.\n"
    assert values(synced, fresh) == {
        "status": "in_progress",
        "priority": "high",
        "flagged": True,
        "assignee_id": None,
        "notes": "x",
    }
    assert synced("undo").stdout == f"undone: changed status, priority, flag and notes of {fresh}.\n"
    assert values(synced, fresh)["status"] == "new"
    assert synced.json("outbox", "list", "--json") == []
    assert synced("redo").exit_code == 0
    assert values(synced, fresh)["priority"] == "high"


def test_undo_without_anything_to_undo_says_so(synced):
    result = synced("undo")
    assert result.exit_code == 0
    assert result.stderr == "there is nothing to undo.\n"
    assert synced("redo").stderr == "there is nothing to redo.\n"


def test_undo_puts_what_somebody_changed_since_before_the_person(synced, server, fresh):
    identifier = synced.json("show", fresh, "--json")["id"]
    synced("set", fresh, "--priority", "high", "--wait")
    server.act_as(server.members()[1]["user_id"], identifier, {"priority": "low"})
    assert synced("sync", "--full").exit_code == 0
    result = synced("undo")
    assert result.exit_code == 4
    assert f"the priority of {fresh} was changed by somebody since" in result.stderr
    assert synced("sync").exit_code == 4
    assert server.submission(identifier)["priority"] == "low"


def test_a_value_that_is_there_already_is_no_edit(synced, fresh):
    result = synced("set", fresh, "--status", "new")
    assert result.exit_code == 0
    assert "nothing to change" in result.stderr
    assert synced.json("outbox", "list", "--json") == []


def test_wait_brings_the_edit_to_the_server(synced, server, fresh):
    result = synced("set", fresh, "--status", "resolved", "--wait")
    assert result.exit_code == 0
    assert result.stderr == "delivered.\n"
    row = synced.json("show", fresh, "--json")
    assert (row["pending"], row["resolved_at"] is not None) == ([], True)
    assert server.submission(row["id"])["status"] == "resolved"


def test_wait_ends_with_exit_4_when_the_server_refuses(synced, server, fresh):
    server.faults.add(
        Fault("PATCH /v1/submissions/{id}", "status", status=400, field_errors={"priority": ["is closed"]})
    )
    result = synced("set", fresh, "--priority", "low", "--wait")
    assert result.exit_code == 4
    assert f"acme:{fresh} priority: low  rejected (" in result.stderr
    assert "is closed" in result.stderr


def test_wait_without_a_key_keeps_the_edit_and_is_exit_4(synced, fresh):
    del synced.environ["KEY_ACME"]
    result = synced("set", fresh, "--flag", "--wait")
    assert result.exit_code == 4
    assert "KEY_ACME" in result.stderr
    assert values(synced, fresh)["flagged"] is True


def test_wait_watches_the_leader_and_gives_up_after_the_timeout(synced, fresh):
    lock = LeaderLock(synced.data)
    assert lock.acquire()
    try:
        result = synced("set", fresh, "--flag", "--wait", "--timeout", "0.3")
    finally:
        lock.release()
    assert result.exit_code == 4
    assert result.stderr == (
        "inbox-tui: The 0.3 seconds of --timeout ran out before acme confirmed.\n"
        f"inbox-tui: acme:{fresh} flag: yes  queued\n"
        f"Saved here: the running inbox (process {os.getpid()}) sends what is queued once the source can be"
        " reached.\n"
    )


def test_wait_while_nothing_answers_says_that_the_time_ran_out_and_the_edit_is_safe(synced, server, fresh):
    server.faults.add(Fault("*", "latency", seconds=20))
    result = synced("set", fresh, "--flag", "--wait", "--timeout", "0.3")
    server.faults.clear()
    assert result.exit_code == 4
    assert "The 0.3 seconds of --timeout ran out before acme confirmed." in result.stderr
    assert "Saved here: the next inbox or `inbox-tui sync` sends what is queued" in result.stderr


def test_wait_for_a_refused_edit_promises_nothing(synced, server, fresh):
    server.faults.add(
        Fault("PATCH /v1/submissions/{id}", "status", status=400, field_errors={"priority": ["is closed"]})
    )
    assert "Saved here" not in synced("set", fresh, "--priority", "low", "--wait").stderr


def test_a_running_leader_is_named_as_the_one_who_sends(synced, fresh):
    lock = LeaderLock(synced.data)
    assert lock.acquire()
    try:
        result = synced("set", fresh, "--flag")
    finally:
        lock.release()
    assert result.stderr == f"The running inbox (process {os.getpid()}) sends the change.\n"


def test_assign_takes_me_an_id_and_the_beginning_of_a_name(synced, server, fresh):
    members = server.members()
    synced("set", fresh, "--assign", "me")
    assert values(synced, fresh)["assignee_id"] == server.me
    other = members[1]
    synced("set", fresh, "--assign", other["user_id"])
    assert values(synced, fresh)["assignee_id"] == other["user_id"]
    synced("set", fresh, "--unassign")
    assert values(synced, fresh)["assignee_id"] is None
    result = synced("set", fresh, "--assign", full_name(other).lower())
    assert result.exit_code == 0, result.stderr
    assert values(synced, fresh)["assignee_id"] == other["user_id"]


def test_an_unknown_or_ambiguous_person_is_exit_2(synced, server, fresh):
    result = synced("set", fresh, "--assign", "nobody-like-that")
    assert result.exit_code == 2
    assert "No colleague at acme" in result.stderr


@pytest.mark.parametrize("nobody", ["", "  "])
def test_assigning_to_an_empty_name_says_what_to_give_and_names_the_colleagues(synced, server, fresh, nobody):
    result = synced("set", fresh, "--assign", nobody)
    assert result.exit_code == 2
    assert result.stderr.startswith("inbox-tui: --assign needs somebody: the beginning of a name, `me`")
    assert "--unassign" in result.stderr
    places = [result.stderr.index(name) for member in server.members() if (name := full_name(member))]
    without_name = next(member["user_id"] for member in server.members() if not full_name(member))
    assert max(places) < result.stderr.index(without_name[:8])
    assert without_name not in result.stderr


def test_a_beginning_that_several_names_share_names_them_and_tells_twins_apart_by_id():
    names = {"u1": "Ann Lee", "u2": "Anna Berg", "u3": "Ann Lee", "u4": "Bo"}
    members = tuple(Member("acme", user, name) for user, name in names.items())
    reader = SimpleNamespace(context=QueryContext(("acme",), members))
    with pytest.raises(Failure) as caught:
        person(reader, "an", ["acme"])
    assert caught.value.code == 2
    assert str(caught.value) == (
        '"an" may be Ann Lee (u1), Anna Berg or Ann Lee (u3). Write more of the name, or the user id.'
    )
    assert person(reader, "anna", ["acme"]) == ({"acme": "u2"}, "Anna Berg")


def test_me_is_exit_2_until_somebody_has_said_who_that_is(synced, server, fresh):
    text = synced.config.read_text(encoding="utf-8")
    synced.config.write_text(text.replace(f'me = "{server.me}"', ""), encoding="utf-8")
    result = synced("set", fresh, "--assign", "me")
    assert result.exit_code == 2
    assert "nobody has said who you are" in result.stderr


def test_a_note_is_appended_with_a_stamp_and_the_name_of_me(synced, server, fresh):
    synced("set", fresh, "--note", "old")
    synced("set", fresh, "--append-note", "called back")
    notes = values(synced, fresh)["notes"]
    name = re.escape(full_name(server.members()[0]))
    assert re.fullmatch(rf"old\n\d{{4}}-\d\d-\d\d \d\d:\d\dZ {name}: called back", notes)
    synced("set", fresh, "--append-note", "plain", "--no-stamp")
    assert values(synced, fresh)["notes"] == f"{notes}\nplain"


def test_an_empty_note_removes_the_notes_on_the_server(synced, server, fresh):
    synced("set", fresh, "--note", "x", "--wait")
    synced("set", fresh, "--note", "", "--wait")
    row = synced.json("show", fresh, "--json")
    assert row["notes"] is None
    assert server.submission(row["id"])["notes"] is None


def test_a_query_changes_what_it_finds_and_a_dry_run_only_lists_it(synced):
    count = len(synced.json("list", "is:new", "--json"))
    assert count > 2
    dry = synced("set", "--query", "is:new", "--status", "read", "--dry-run")
    assert dry.exit_code == 0
    assert len(dry.stdout.splitlines()) == count + 1
    assert synced.json("outbox", "list", "--json") == []
    result = synced("set", "--query", "is:new", "--status", "read", "--yes")
    assert result.stdout == f"set {count} submissions to read.\n"
    assert result.stderr.startswith(f"{count} submissions to change.\n")
    assert len(synced.json("outbox", "list", "--json")) == count
    assert synced.json("list", "is:new", "--json") == []
    nothing = synced("set", "--query", "is:new", "--status", "read")
    assert nothing.exit_code == 0
    assert "no submission matches" in nothing.stderr


def test_a_query_needs_no_quotes_and_may_begin_with_a_minus(synced):
    listed = synced.json("list", "-is:spam", "p:high", "is:open", "--json")
    assert len(listed) > 1
    words = ("set", "--flag", "--query", "-is:spam", "p:high", "is:open")
    assert len(synced(*words, "--dry-run").stdout.splitlines()) == len(listed) + 1
    joined = synced("set", "--query=-is:spam p:high", "is:open", "--flag", "--dry-run")
    assert len(joined.stdout.splitlines()) == len(listed) + 1
    assert synced(*words, "--yes").exit_code == 0
    rows = synced.json("list", "-is:spam", "p:high", "is:open", "--json")
    assert {row["flagged"] for row in rows} == {True}


def test_what_a_query_changes_is_counted_without_what_is_so_already_and_undone_at_once(synced):
    every = synced.json("list", "is:new", "--json")
    flagged = [row for row in every if row["flagged"]]
    assert flagged
    left = len(every) - len(flagged)
    result = synced("set", "--query", "is:new", "--flag", "--yes")
    assert result.stdout == f"flagged {left} submissions.\n"
    assert result.stderr.startswith(f"{left} submissions of {len(every)} found to change.\n")
    assert synced("undo").stdout == f"undone: flagged {left} submissions.\n"
    assert synced.json("list", "is:new", "--json") == every
    assert synced.json("outbox", "list", "--json") == []


def test_more_than_25_without_a_word_for_it_change_nothing(synced, monkeypatch):
    assert len(synced.json("list", "--json")) > 25
    refused = synced("set", "--query", "", "--note", "x")
    assert refused.exit_code == 2
    assert "More than 25 are changed only with --yes; --dry-run lists them." in refused.stderr
    assert synced.json("outbox", "list", "--json") == []
    monkeypatch.setattr("inbox_tui.cli.change._can_ask", lambda: True)
    answers = {"n\n": (1, 0), "y\n": (0, 100)}
    for answer, (code, least) in answers.items():
        result = synced("set", "--query", "", "--note", "x", answer=answer)
        assert result.exit_code == code
        assert "Change them? [y/N]" in result.stderr
        assert len(synced.json("outbox", "list", "--json")) >= least
        assert ("Nothing was changed." in result.stderr) == (code == 1)


def test_a_few_are_changed_without_a_question(synced):
    few = synced.json("list", "is:flagged", "--json")
    assert 0 < len(few) <= 25
    result = synced("set", "--query", "is:flagged", "--no-flag")
    assert result.exit_code == 0
    assert synced.json("list", "is:flagged", "--json") == []


@pytest.mark.parametrize(
    "words",
    [
        ["--flag"],
        ["--query", "--flag"],
        ["--flag", "--query"],
        ["7", "--flag", "--yes"],
        ["7", "--query", "is:new", "--flag"],
        ["7"],
        ["7", "--dry-run", "--flag"],
        ["7", "--assign", "me", "--unassign"],
        ["7", "--note", "a", "--append-note", "b"],
        ["7", "--no-stamp", "--flag"],
        ["7", "--status", "open"],
        ["7", "--priority", "urgent"],
        ["--query", "stats:new", "--flag"],
    ],
)
def test_wrong_usage_is_exit_2_and_changes_nothing(synced, words):
    result = synced("set", *words)
    assert result.exit_code == 2
    assert result.stderr.startswith("inbox-tui: ")
    assert synced.json("outbox", "list", "--json") == []


def test_a_key_that_may_only_read_is_refused_with_the_reason(cli, server):
    cli.configure(server, sources={"acme": "awardee.read_only"})
    assert cli("sync").exit_code == 0
    row = cli.json("show", "7", "--json")
    assert set(row["triage"].values()) == {"none"}
    result = cli("set", "7", "--status", "resolved")
    assert result.exit_code == 1
    assert "The key of acme may not change the status" in result.stderr
    assert cli.json("outbox", "list", "--json") == []


def test_an_edit_the_disk_refuses_is_not_saved_and_says_so(synced, fresh):
    with closing(sqlite3.connect(synced.data / "outbox.db")) as conn:
        conn.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON register"
            " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
        conn.commit()
    result = synced("set", fresh, "--flag")
    assert result.exit_code == 1
    assert result.stderr.startswith("inbox-tui: NOT SAVED: the disk is full.")
    assert values(synced, fresh)["flagged"] is False


def test_discarding_gives_the_servers_value_back(synced, fresh):
    synced("set", fresh, "--flag", "--priority", "high")
    assert synced("outbox", "discard", fresh, "--field", "flag").stdout == f"discarded 1 edit of {fresh}.\n"
    assert values(synced, fresh)["flagged"] is False
    assert synced("outbox", "discard", fresh).exit_code == 0
    assert synced("outbox", "discard", fresh).exit_code == 1
    assert synced("outbox", "settle", fresh, "--mine").exit_code == 1
    assert synced("outbox", "settle", fresh).exit_code == 2
    assert synced("outbox", "list").stdout == ""


def test_an_edit_survives_the_loss_of_the_whole_cache(synced, fresh):
    identifier = synced.json("show", fresh, "--json")["id"]
    synced("set", fresh, "--flag")
    for file in synced.data.glob("cache.db*"):
        file.unlink()
    listed = synced.json("outbox", "list", "--json")
    assert [(edit["id"], edit["want"], edit["server"]) for edit in listed] == [(identifier, True, None)]
    result = synced("sync")
    assert result.exit_code == 0, result.output
    assert values(synced, fresh)["flagged"] is True
    assert synced.json("outbox", "list", "--json") == []
