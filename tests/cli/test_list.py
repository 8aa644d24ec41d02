import json
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cache.models import TRIAGE_FIELDS
from cache.query import parse_query
from cache.text import contains_control
from inbox_tui.cli.listing import table_lines
from inbox_tui.format import cell_len
from inbox_tui.start import run_inbox
from tests.hostile_corpus import HOSTILE

KEYS = [
    *("source", "provider", "id", "ref", "number", "container_id", "container_name"),
    *("status", "priority", "flagged", "assignee_id", "notes", "resolved_at", "resolved_by"),
    *("fields", "metadata", "destination", "created_at", "viewed_at", "completed_at", "duration_seconds"),
    *("attribution", "contact", "result", "delivery", "spam", "language", "translation", "reply"),
    *("processing", "server", "pending", "triage", "sync", "seen_at"),
]


def test_the_table_stops_at_50_rows_and_says_how_many_are_left(synced):
    result = synced("list")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 51
    assert result.stderr.startswith("50 more")


def test_limit_moves_the_stop(synced):
    result = synced("list", "--limit", "70")
    assert len(result.stdout.splitlines()) == 71
    assert result.stderr == ""


def test_who_wants_no_rows_is_not_told_that_nothing_matches(synced):
    result = synced("list", "--limit", "0")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == ""


def test_without_a_view_everything_is_listed_spam_included(synced):
    statuses = {row["status"] for row in synced.json("list", "--json")}
    assert {"spam", "resolved", "new"} <= statuses


def test_a_query_needs_no_quotes_and_may_begin_with_a_minus(synced):
    rows = synced.json("list", "-is:spam", "is:open", "-p:high", "--json")
    assert rows
    assert {row["status"] for row in rows} <= {"new", "read", "in_progress"}
    assert "high" not in {row["priority"] for row in rows}


@pytest.mark.parametrize("before", [0, 20, 180])
@pytest.mark.parametrize("after", [0, 20, 180])
def test_of_a_long_query_what_stands_around_the_column_is_shown(synced, before, after):
    words = [*["wörd"] * before, "nofield:x", *["東京"] * after]
    said, query, caret = synced("list", *words).stderr.splitlines()
    assert f"column {5 * before + 1}: there is no field" in said
    at = query.index("nofield:x")
    assert cell_len(query[:at]) == cell_len(caret) - 1
    assert len(query) <= 210
    assert query.startswith("  …") == (before == 180)
    assert query.endswith("…") == (after == 180)


def test_a_long_word_is_not_repeated_in_what_is_said_of_it(synced):
    result = synced("list", "status:" + "n" * 900)
    assert max(map(len, result.stderr.splitlines())) <= 240
    assert result.stderr.splitlines()[0].endswith("Values: new, read, in_progress, resolved, spam.")


def test_a_view_and_a_query_both_count(synced):
    rows = synced.json("list", "p:high", "--view", "resolved", "--json")
    assert rows
    assert {(row["status"], row["priority"]) for row in rows} == {("resolved", "high")}


def test_a_source_and_a_saved_view_are_views(cli, server, synced):
    cli.configure(server, more='[views.hot]\nquery = "is:resolved"\nsort = "created"')
    saved = synced.json("list", "--view", "hot", "--json")
    assert saved == sorted(saved, key=lambda row: row["created_at"])
    assert {row["source"] for row in synced.json("list", "--view", "acme", "--json")} == {"acme"}


def test_no_rows_is_a_success(synced):
    assert synced("list", "xyzzyxyzzy").exit_code == 0
    assert synced("list", "xyzzyxyzzy").stdout == ""
    assert synced.json("list", "xyzzyxyzzy", "--json") == []
    assert synced("list", "xyzzyxyzzy", "--jsonl").stdout == ""


@pytest.mark.parametrize(
    ("words", "column", "cause"),
    [
        (["stats:new"], 1, 'there is no field "stats". Did you mean `status:`?'),
        (["is:open", "status:opne"], 16, 'status has no value "opne"'),
        (["状態", "status:opne"], 11, 'status has no value "opne"'),
        (["source:nowhere"], 8, 'there is no source "nowhere". Sources: acme'),
        (['"demo'], 1, "this quote is never closed"),
    ],
)
def test_a_bad_query_is_exit_2_with_a_caret_under_the_column(synced, words, column, cause):
    result = synced("list", *words)
    assert result.exit_code == 2
    assert result.stdout == ""
    said, query, caret = result.stderr.splitlines()
    assert said.startswith(f"inbox-tui: column {column}: {cause}")
    assert query == "  " + " ".join(words)
    assert caret.endswith("^")
    assert cell_len(caret) - 1 == 2 + cell_len(" ".join(words)[: column - 1])


def test_a_word_with_two_dashes_that_is_no_option_is_a_usage_error(synced):
    result = synced("list", "is:open", "--limt", "3")
    assert result.exit_code == 2
    assert "There is no option --limt. Did you mean --limit?" in result.stderr


@pytest.mark.parametrize("before", [["list"], []], ids=["list", "inbox"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Flaged", 'There is no view "Flaged". Did you mean flagged?\n'),
        (
            "zzz",
            'There is no view "zzz". Views: inbox, mine, unassigned, flagged, spam, resolved, all, acme.\n',
        ),
    ],
)
def test_an_unknown_view_is_told_alike_by_the_command_and_the_inbox(synced, before, name, said, capsys):
    if before:
        result = synced(*before, "--view", name)
        code, told = result.exit_code, result.stderr
    else:
        code = run_inbox(["--view", name], synced.environ)
        told = capsys.readouterr().err
    assert (code, told) == (2, f"inbox-tui: {said}")


def test_before_the_first_sync_the_list_says_that_the_copy_is_empty(cli):
    result = cli("list", "is:open")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "The local copy is empty: nothing was read yet. `inbox-tui sync` reads it.\n"
    assert cli.json("list", "--json") == []


def test_an_empty_copy_is_told_for_the_sources_that_were_never_read(synced, server):
    synced.configure(server, sources={"acme": "awardee", "shop": "awardee.second"})
    result = synced("list", "source:shop")
    assert result.stderr.startswith("no submission matches.")
    assert "shop" in result.stderr
    assert "`inbox-tui sync`" in result.stderr


@pytest.fixture
def berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_times_are_local_with_their_offset_in_text_and_utc_in_json(synced):
    synced.environ["TZ"] = "Europe/Berlin"
    row = synced.json("show", "7", "--json")
    moment = datetime.fromisoformat(row["created_at"]).astimezone(ZoneInfo("Europe/Berlin"))
    assert row["created_at"].endswith("Z")
    assert f" {moment:%Y-%m-%d %H:%M %z} " in synced("list", "SUB-0007").stdout
    assert f"created     {moment:%Y-%m-%d %H:%M:%S %z}\n" in synced("show", "7").stdout


def test_me_without_anybody_having_said_who_that_is_exits_2(synced, server):
    text = synced.config.read_text(encoding="utf-8")
    synced.config.write_text(text.replace(f'me = "{server.me}"', ""), encoding="utf-8")
    result = synced("list", "is:mine")
    assert result.exit_code == 2
    assert "nobody has said who you are" in result.stderr


def test_json_and_jsonl_hold_the_same_objects_with_every_key(synced):
    rows = synced.json("list", "--json")
    lines = synced("list", "--jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert all(list(row) == KEYS for row in rows)
    assert all(row["triage"] == dict.fromkeys(TRIAGE_FIELDS, "remote") for row in rows)
    assert all(row["created_at"].endswith("Z") and len(row["created_at"]) == 20 for row in rows)


def test_json_and_jsonl_together_are_a_usage_error(synced):
    assert synced("list", "--json", "--jsonl").exit_code == 2


def test_json_shows_the_wanted_value_and_keeps_the_servers_beside_it(synced):
    fresh = synced.json("list", "is:new", "--limit", "1", "--json")[0]
    synced("set", fresh["ref"], "--status", "resolved")
    row = synced.json("show", fresh["ref"], "--json")
    assert (row["status"], row["server"], row["pending"]) == ("resolved", {"status": "new"}, ["status"])
    assert row["sync"] == "queued"


@pytest.fixture
def hostile(cli, server):
    """A cache with a submission for every hostile text, as name, message and notes."""
    for text in HOSTILE.values():
        text = text.encode(
            "utf-8", "replace"
        ).decode()  # half characters do not fit the server's own database
        answer = {"type": "form_text", "label": text, "value": text, "order": 1}
        server.add_submission(data={"blk_a": answer}, notes=text, metadata={text: text})
    assert cli("sync").exit_code == 0
    return cli


@pytest.mark.slow
def test_no_control_character_of_a_submission_reaches_the_output(hostile):
    result = hostile("list", "--limit", "500")
    assert len(result.stdout.splitlines()) > len(HOSTILE)
    assert not any(contains_control(line) for line in result.stdout.splitlines())
    for words in (["--json"], ["--jsonl"]):
        text = hostile("list", *words).stdout
        assert text.isascii()
        assert not set(map(chr, [*range(10), *range(11, 32), 127])) & set(text)


@pytest.mark.slow
def test_json_holds_hostile_text_as_it_was_sent(hostile):
    held = {
        field["value"]
        for row in hostile.json("list", "--json")
        for field in row["fields"][:1]
        if isinstance(field["value"], str)
    }
    assert HOSTILE["clipboard"] in held
    assert HOSTILE["DEL"] in held


@pytest.mark.slow
def test_every_hostile_submission_can_be_shown(hostile):
    for row in hostile.json("list", "--limit", str(len(HOSTILE)), "--json"):
        result = hostile("show", row["id"])
        assert result.exit_code == 0
        assert not any(contains_control(line) for line in result.stdout.splitlines())


def test_columns_line_up_whatever_the_width_of_the_characters(synced):
    from inbox_tui.workspace import open_workspace

    with open_workspace(synced.environ).local() as local:
        rows = local.reader.rows(local.reader.rowids(parse_query("")))
    lines = table_lines(rows, several_sources=True)
    start = lines[0].index("ABOUT")
    for line in lines[1:]:
        left = next(end for end in range(len(line) + 1) if cell_len(line[:end]) >= start)
        assert cell_len(line[:left]) == start
        assert line[left - 2 : left] == "  "


def test_list_sends_nothing(synced, server):
    server.forget_requests()
    synced("list")
    assert server.requests == []
