import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from cache.models import Key, Triage
from cache.outbox.outbox import Edit, Outbox
from cache.outbox.requests import RequestTable
from cache.schema import OUTBOX, open_database
from cache.sync import outcomes
from cache.sync.leader import LeaderLock
from cache.sync.pace import Backoff
from cache.sync.reading import TextReader
from inbox_tui.cli import leading
from inbox_tui.demo.faults import Fault
from inbox_tui.providers import http

LIST = "GET /v1/submissions"


@pytest.fixture
def impatient(monkeypatch):
    """Waits of the client's own choosing are short, and so is the time a request may take."""
    monkeypatch.setattr(Backoff, "next", lambda self: 0.01)
    monkeypatch.setattr(http, "JsonClient", partial(http.JsonClient, deadline=0.3))


def test_sync_reads_everything_and_says_what_came(cli):
    first = cli("sync")
    assert first.exit_code == 0
    assert first.stdout == "acme: 100 submissions here, 100 new, 0 changed, 0 edits sent, 0 waiting\n"
    again = cli("sync")
    assert again.exit_code == 0
    assert again.stdout == first.stdout.replace("100 new", "0 new")
    assert len(cli.json("list", "--json")) == 100


@pytest.mark.parametrize(("processors", "helped"), [(1, False), (2, True)])
def test_another_process_helps_where_there_is_a_processor_for_it(cli, monkeypatch, processors, helped):
    started, start = [], TextReader.start

    def counted(reader):
        started.append(reader)
        start(reader)

    monkeypatch.setattr(TextReader, "start", counted)
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    assert cli("sync").exit_code == 0
    assert bool(started) == helped
    started.clear()
    assert cli("sync").exit_code == 0
    assert not started  # nothing to read but what is new
    assert cli("sync", "--full").exit_code == 0
    assert bool(started) == helped


def test_an_edit_made_offline_arrives_with_the_next_sync_and_is_shown_throughout(synced, server):
    server.stop()
    fresh = synced.json("list", "is:new", "-p:high", "--limit", "1", "--json")[0]["ref"]
    assert synced("set", fresh, "--status", "in_progress", "--priority", "high").exit_code == 0
    shown = synced.json("show", fresh, "--json")
    assert (shown["status"], shown["pending"], shown["sync"]) == (
        "in_progress",
        ["priority", "status"],
        "queued",
    )
    server.start()
    result = synced("sync")
    assert result.exit_code == 0
    assert ", 2 edits sent, 0 waiting" in result.stdout
    held = server.submission(shown["id"])
    assert (held["status"], held["priority"]) == ("in_progress", "high")
    settled = synced.json("show", fresh, "--json")
    assert (settled["status"], settled["pending"], settled["sync"]) == ("in_progress", [], "clean")


def test_a_colleagues_change_is_read(synced, server):
    target = synced.json("show", "9", "--json")
    server.act_as(server.me, target["id"], {"flagged": not target["flagged"]})
    assert synced("sync", "--full").exit_code == 0
    assert synced.json("show", "9", "--json")["flagged"] is not target["flagged"]


def test_json_has_an_object_for_each_source(cli):
    assert cli.json("sync", "--json") == [
        {
            "source": "acme",
            "held": 100,
            "received": 100,
            "new": 100,
            "changed": 0,
            "unreadable": 0,
            "sent": 0,
            "waiting": 0,
            "parked": 0,
            "error": None,
        }
    ]


FAULTS = {
    "401": (Fault("*", "status", status=401), "key"),
    "403": (Fault("*", "status", status=403), "acme"),
    "404": (Fault(LIST, "status", status=404), "acme"),
    "429": (Fault("*", "rate_limited", retry_after=400), "minutes"),
    "500": (Fault(LIST, "status", status=500), "acme"),
    "503": (Fault(LIST, "status", status=503), "acme"),
    "timeout": (Fault(LIST, "latency", seconds=5), "acme"),
    "dropped": (Fault(LIST, "drop_before_apply"), "acme"),
    "redirect": (Fault(LIST, "redirect"), "acme"),
    "HTML": (Fault(LIST, "html"), "acme"),
    "cut JSON": (Fault(LIST, "truncated_json"), "acme"),
    "cut body": (Fault(LIST, "truncated_body"), "acme"),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("fault", "word"), FAULTS.values(), ids=FAULTS)
def test_a_failing_source_is_one_sentence_exit_1_and_every_row_kept(synced, server, fault, word):
    server.faults.add(fault)
    result = synced("sync")
    assert result.exit_code == 1
    assert result.stderr.startswith("inbox-tui: acme: ")
    assert word in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    server.faults.clear()
    assert len(synced.json("list", "--json")) == 100


@pytest.mark.usefixtures("impatient")
def test_a_refused_connection_keeps_rows_and_edits(synced, server):
    synced("set", "7", "--flag")
    server.stop()
    result = synced("sync")
    assert result.exit_code == 1
    assert result.stderr.startswith("inbox-tui: acme: ")
    assert result.stdout == "acme: 0 edits sent, 1 waiting\n"
    assert len(synced.json("list", "--json")) == 100
    assert synced.json("show", "7", "--json")["pending"] == ["flagged"]


def test_one_malformed_submission_among_a_hundred_costs_only_itself(cli, server):
    server.faults.add(Fault(LIST, "malformed_row", times=1))
    result = cli("sync")
    assert result.exit_code == 1
    assert "acme: 1 submission was not readable and left out." in result.stderr
    assert "acme: 99 submissions here, 99 new" in result.stdout
    assert len(cli.json("list", "--json")) == 99


def test_without_a_key_for_any_source_it_is_exit_2_and_what_was_cached_stays(synced):
    del synced.environ["KEY_ACME"]
    result = synced("sync")
    assert result.exit_code == 2
    assert "KEY_ACME" in result.stderr
    assert result.stdout == ""
    assert synced("list").exit_code == 0


def test_one_source_without_a_key_does_not_stop_the_other(cli, server):
    cli.configure(server, sources={"acme": "awardee", "shop": "awardee.second"})
    del cli.environ["KEY_SHOP"]
    result = cli("sync")
    assert result.exit_code == 1
    assert "inbox-tui: shop: " in result.stderr
    assert "acme: 100 submissions here" in result.stdout


def test_an_unknown_source_names_the_nearest(cli):
    result = cli("sync", "acne")
    assert result.exit_code == 2
    assert result.stderr == 'inbox-tui: There is no source "acne". Did you mean acme?\n'


def test_without_sources_there_is_nothing_to_sync(bare):
    bare.config.write_text("", encoding="utf-8")
    assert bare("sync").exit_code == 2


def test_only_the_named_source_is_read(cli, server):
    cli.configure(server, sources={"acme": "awardee", "shop": "awardee.second"})
    result = cli("sync", "shop")
    assert result.exit_code == 0
    assert result.stdout.startswith("shop: ")
    assert "acme" not in result.stdout


def test_the_key_of_another_organisation_sends_and_reads_nothing(synced, server):
    synced.environ["KEY_ACME"] = server.keys["awardee.second"]
    synced("set", "7", "--flag")
    server.forget_requests()
    result = synced("sync")
    assert result.exit_code == 1
    assert "another organisation" in result.stderr
    assert {request.method for request in server.requests} == {"GET"}
    assert len(synced.json("list", "--json")) == 100


def conflicting(synced, server):
    """Both sides change the status of SUB-0007."""
    target = synced.json("show", "7", "--json")
    mine, theirs = [value for value in ("read", "in_progress", "spam") if value != target["status"]][:2]
    synced("set", "7", "--status", mine)
    server.act_as(server.members()[1]["user_id"], target["id"], {"status": theirs})
    return target["id"], mine, theirs


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_a_conflict_parks_as_exit_4_until_the_person_rules(synced, server, keep):
    identifier, mine, theirs = conflicting(synced, server)
    result = synced("sync")
    assert result.exit_code == 4
    assert "1 in conflict" in result.stdout
    assert server.submission(identifier)["status"] == theirs
    listed = synced.json("outbox", "list", "--json")[0]
    assert (listed["state"], listed["want"], listed["server"]) == ("conflict", mine, theirs)
    assert f"the server has {theirs.replace('_', ' ')}" in synced("show", "7").stdout.replace("_", " ")
    assert synced("sync").exit_code == 4
    assert synced("outbox", "settle", "7", f"--{keep}").exit_code == 0
    assert synced("sync").exit_code == 0
    wanted = mine if keep == "mine" else theirs
    assert server.submission(identifier)["status"] == wanted
    assert synced.json("show", "7", "--json")["status"] == wanted


def test_a_refused_edit_is_kept_with_the_servers_reason_and_can_be_discarded(synced, server):
    synced("set", "7", "--note", "hello")
    server.faults.add(
        Fault("PATCH /v1/submissions/{id}", "status", status=400, field_errors={"notes": ["is too long"]})
    )
    assert synced("sync").exit_code == 4
    assert "is too long" in synced("outbox", "list").stdout
    server.faults.clear()
    assert synced("outbox", "retry").exit_code == 0
    assert synced("sync").exit_code == 0
    assert synced.json("show", "7", "--json")["notes"] == "hello"


class TestAnotherProcessLeads:
    @pytest.fixture
    def leader(self, synced):
        lock = LeaderLock(synced.data)
        assert lock.acquire()
        yield lock
        lock.release()

    @pytest.mark.usefixtures("leader")
    def test_a_leader_that_does_not_answer_is_named(self, synced, monkeypatch):
        monkeypatch.setattr(leading, "_TAKEN_SECONDS", 0.1)
        result = synced("sync")
        assert result.exit_code == 1
        assert f"Process {os.getpid()} does the network work and does not answer." in result.stderr

    @pytest.mark.usefixtures("leader")
    @pytest.mark.parametrize(("errors", "code"), [({}, 0), ({"acme": "It is closed."}, 1)])
    def test_it_is_asked_and_its_answer_decides(self, synced, errors, code):
        stop = threading.Event()

        def serve():
            conn = open_database(synced.data, OUTBOX)
            table = RequestTable(conn, wall=lambda: 1.8e9)
            while not stop.wait(0.02):
                for request in table.take("inbox"):
                    table.finish(request.id, {"ok": not errors, "errors": errors})
            conn.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            result = synced("sync")
        finally:
            stop.set()
            thread.join()
        assert result.exit_code == code
        assert f"process {os.getpid()}" in result.stderr
        assert ("It is closed." in result.stderr) is bool(errors)
        assert result.stdout == ("" if errors else "acme: 100 submissions here, 0 edits sent, 0 waiting\n")


@contextmanager
def running_engine(synced):
    """An engine that leads in this process, as that of an inbox does."""
    from inbox_tui.workspace import open_workspace

    engine = open_workspace(synced.environ).engine(on_change=lambda _: None, on_status=lambda _: None)
    loops: list = []

    async def lead():
        import asyncio

        loops.append(asyncio.get_running_loop())
        await engine.run()

    def run():
        import asyncio

        asyncio.run(lead())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        while not engine.leads:
            thread.join(0.01)
        yield
    finally:
        loops[0].call_soon_threadsafe(engine.stop)
        thread.join()


def test_a_running_engine_serves_the_sync_of_another_process(synced, server):
    synced("set", "7", "--flag")
    before = synced.json("show", "7", "--json")
    server.add_submission()
    with running_engine(synced):
        result = synced("sync")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "acme: 101 submissions here, 1 edit sent, 0 waiting\n"
    assert f"process {os.getpid()}" in result.stderr
    assert server.submission(before["id"])["flagged"] is True
    assert len(synced.json("list", "--json")) == 101


def test_a_sync_by_an_engine_that_is_offline_counts_what_waits_and_says_no_more(synced, server):
    server.stop()
    synced("set", "7", "--flag")
    with running_engine(synced):
        waiting = synced("sync")
        again = synced("outbox", "retry")
        synced("outbox", "discard", "7")
        nothing = synced("sync")
    assert (waiting.exit_code, nothing.exit_code) == (1, 1)
    assert waiting.stdout == "acme: 0 edits sent, 1 waiting\n"
    assert again.stdout.startswith(f"queued 1 edit: the running inbox (process {os.getpid()}) sends")
    assert nothing.stdout == ""
    assert "inbox-tui: acme: " in nothing.stderr


def test_what_was_only_opened_counts_neither_as_sent_nor_as_waiting(synced, server):
    with closing(open_database(synced.data, OUTBOX)) as conn:
        key = Key("acme", synced.json("list", "is:new", "--limit", "1", "--json")[0]["id"])
        Outbox(conn, wall=lambda: 1.8e9).edit(
            "opened", [Edit(key, "status", "read", implicit=True)], lambda _: Triage("new")
        )
    server.stop()
    result = synced("sync")
    assert result.exit_code == 1
    assert result.stdout == ""


@pytest.mark.slow
def test_ctrl_c_is_exit_130(cli, server):
    arrived = threading.Event()
    server.faults.add(Fault("*", "latency", seconds=20, arrived=arrived))
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "inbox_tui", "sync"],
        env={**os.environ, **cli.environ},
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert arrived.wait(20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == b""
    assert err.strip() == b"inbox-tui: interrupted."


def test_progress_is_not_written_when_standard_error_is_no_terminal(cli):
    result = cli("sync", "--json")
    assert result.stderr == ""
    assert json.loads(result.stdout)


def test_a_key_that_turns_out_to_be_read_only_is_not_tried_again_and_again(synced, server):
    synced("set", "7", "--note", "hello")
    server.faults.add(Fault("PATCH /v1/submissions/{id}", "status", status=403, code="insufficient_scope"))
    server.forget_requests()
    result = synced("sync")
    assert result.exit_code == 4
    assert "1 waiting" in result.stdout
    assert sum(request.method == "PATCH" for request in server.requests) == 1
    assert synced.json("show", "7", "--json")["notes"] == "hello"


def test_an_edit_of_a_submission_that_is_gone_is_kept_as_orphaned(synced, server, monkeypatch):
    monkeypatch.setattr(outcomes, "_SECOND_LOOK_SECONDS", 1)
    synced("set", "7", "--note", "hello")
    server.faults.add(Fault("* /v1/submissions/{id}", "status", status=404))
    result = synced("sync")
    assert result.exit_code == 4
    assert "1 orphaned" in result.stdout
    assert "no longer has the submission" in synced("show", "7").stdout
    assert synced("outbox", "discard", "7").exit_code == 0
