import csv
import io
import json
import os
import shutil
from contextlib import closing

import pytest

from cache.models import Container, Key
from cache.outbox.ledger import Kept, Ledger
from cache.schema import OUTBOX, open_database
from cache.sync.leader import LeaderLock
from cache.text import contains_control, scrub
from inbox_tui.importing import Importer
from inbox_tui.packs import PackSource, row_line
from tests.cli.conftest import TWO_SOURCES
from tests.cli.packing import ACME, LATER, MADE, pack, posted, raw
from tests.hostile_corpus import HOSTILE


def ledger(cli):
    return closing(open_database(cli.data, OUTBOX))


def test_a_pack_imports_without_a_loss(synced, tmp_path):
    before, table = synced.json("list", "--json"), synced("list").stdout
    exported = tmp_path / "all.pack"
    assert synced("export", "-o", str(exported)).exit_code == 0
    shutil.rmtree(synced.data)
    result = synced("import", str(exported))
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{len(before)} new, 0 changed, 0 kept as they were.\n"
    assert synced.json("list", "--json") == before
    assert synced("list").stdout == table
    again = tmp_path / "again.pack"
    assert synced("export", "-o", str(again)).exit_code == 0
    first, second = exported.read_text("utf-8").splitlines(), again.read_text("utf-8").splitlines()
    assert second[1:] == first[1:]


def test_of_an_imported_source_it_is_said_that_it_was_not_read(here, tmp_path):
    assert here("import", pack(tmp_path / "a.pack", 1, 2)).exit_code == 0
    imported = "What is here of acme was imported and never read: `inbox-tui sync`."
    unread = "Of post nothing was read yet: `inbox-tui sync`."
    assert here("list", "zzz").stderr == f"no submission matches. {imported} {unread}\n"
    here.config.write_text(TWO_SOURCES.partition("[sources.post]")[0], encoding="utf-8")
    result = here("list", "Ann", "zzz")
    assert result.stderr == f"no submission matches. Without `zzz` there would be 2. {imported}\n"
    result = here("set", "--query", "zzz", "--flag")
    assert result.stderr == f"no submission matches. {imported} Nothing was changed.\n"


def test_an_ambiguous_id_names_how_many_it_may_be_and_the_first_few(here, tmp_path):
    rows = [row_line("acme", raw(number, submission_number=None), MADE) for number in range(1, 21)]
    assert here("import", pack(tmp_path / "a.pack", *rows)).exit_code == 0
    few = ", ".join(f"acme:0000{number:04d}-aaaa" for number in range(1, 6))
    result = here("set", "0000", "--flag")
    assert result.exit_code == 2
    assert result.stderr == (
        f'inbox-tui: "0000" may be 20 submissions: {few} and 15 more. Type one of these, or more of the id.\n'
    )
    result = here("set", "00", "--flag")
    assert result.exit_code == 2
    assert result.stderr == (
        f'inbox-tui: "00" is too short for an id, and may be 20 submissions: {few} and 15 more.'
        " Type one of these, or four characters of the id and more.\n"
    )
    assert here("set", "acme:00000003-aaaa", "--flag").exit_code == 0
    assert here("set", "zz", "--flag").stderr.startswith('inbox-tui: No submission here is called "zz".')


def test_importing_twice_changes_nothing(here, tmp_path):
    path = pack(tmp_path / "a.pack", 1, 2, 3)
    assert here("import", path).stdout == "3 new, 0 changed, 0 kept as they were.\n"
    assert here("import", path).stdout == "0 new, 0 changed, 3 kept as they were.\n"
    assert here.json("import", path, "--json") == {
        "stored": 3,
        "new": 0,
        "changed": 0,
        "kept": 3,
        "triaged": 0,
        "unreadable": 0,
        "first_unreadable_line": None,
        "complete": True,
    }


def test_of_two_packs_the_later_sight_counts_whatever_their_order(here, tmp_path):
    old = pack(tmp_path / "old.pack", row_line("acme", raw(1, status="new"), MADE))
    new = pack(tmp_path / "new.pack", row_line("acme", raw(1, status="resolved"), LATER))
    assert here("import", new).exit_code == 0
    assert here("import", old).stdout == "0 new, 0 changed, 1 kept as they were.\n"
    assert here.json("show", "1", "--json")["status"] == "resolved"
    shutil.rmtree(here.data)
    assert here("import", old).exit_code == 0
    assert here("import", new).stdout == "0 new, 1 changed, 0 kept as they were.\n"
    row = here.json("show", "1", "--json")
    assert (row["status"], row["seen_at"]) == ("resolved", "2026-09-21T14:13:20Z")


def test_what_a_server_has_shown_is_newer_than_any_pack(synced, tmp_path):
    held = synced.json("show", "7", "--json")
    exported = tmp_path / "seven.pack"
    assert synced("export", "SUB-0007", "-o", str(exported)).exit_code == 0
    head, row, end = exported.read_text("utf-8").splitlines()
    told = json.loads(row)
    told["raw"]["priority"] = "high" if held["priority"] != "high" else "low"
    told["seen_at"] = "2099-01-01T00:00:00Z"
    exported.write_text("\n".join([head, json.dumps(told), end, ""]), "utf-8")
    assert synced("import", str(exported)).stdout == "0 new, 0 changed, 1 kept as they were.\n"
    assert synced.json("show", "7", "--json") == held


def test_a_sync_after_an_import_reads_on_and_replaces(cli, server, synced_data, tmp_path):
    shutil.copytree(synced_data, cli.data)
    exported = tmp_path / "all.pack"
    assert cli("export", "-o", str(exported)).exit_code == 0
    shutil.rmtree(cli.data)
    identifier = cli.json("import", str(exported), "--json") and cli.json("show", "7", "--json")["id"]
    server.act_as(server.members()[1]["user_id"], identifier, {"priority": "low"})
    assert cli("sync", "--full").exit_code == 0
    assert cli.json("show", "7", "--json")["priority"] == "low"


def test_an_edit_made_here_stays_above_an_import(here, tmp_path):
    path = pack(tmp_path / "a.pack", 1)
    here("import", path)
    here("set", "1", "--status", "resolved")
    assert (
        here("import", pack(tmp_path / "b.pack", row_line("acme", raw(1, status="read"), LATER))).exit_code
        == 0
    )
    row = here.json("show", "1", "--json")
    assert (row["status"], row["server"], row["sync"]) == ("resolved", {"status": "read"}, "queued")


def test_hostile_text_goes_through_a_pack_as_it_is_and_through_a_table_made_displayable(here, tmp_path):
    texts = [scrub(text) for text in HOSTILE.values()]
    lines = []
    for number, text in enumerate(texts):
        block = {"type": "form_text", "label": text, "value": text, "order": 1}
        lines.append(row_line("acme", raw(number, notes=text, data={"b1": block}), MADE))
    path = pack(tmp_path / "a.pack", *lines)
    assert here("import", path).exit_code == 0
    again = tmp_path / "b.pack"
    assert here("export", "sort:number", "-o", str(again)).exit_code == 0
    assert again.read_bytes().splitlines()[1:] == (tmp_path / "a.pack").read_bytes().splitlines()[1:]
    for kind in ("csv", "json", "jsonl"):
        text = here("export", "--format", kind).stdout.removeprefix("\ufeff")
        assert not contains_control(text.replace("\r\n", "").replace("\n", ""))
        assert len(text) > 1000
    rows = list(csv.reader(io.StringIO(here("export", "--format", "csv").stdout, newline=""), strict=True))
    assert len(rows) == len(texts) + 1
    assert {len(row) for row in rows} == {len(rows[0])}


# What cannot be taken


def test_a_source_that_is_not_configured_is_refused_with_how_to_add_it(here, tmp_path):
    other = PackSource("beta", "awardee")
    path = pack(tmp_path / "a.pack", row_line("beta", raw(1), MADE), sources=[other])
    result = here("import", path)
    assert result.exit_code == 2
    assert result.stderr.startswith(
        'inbox-tui: There is no source "beta" here. `inbox-tui init` adds one, or [sources.beta] with'
        f' provider = "awardee" in {here.config}; --source NAME'
    )
    assert here("import", path, "--source", "acme").exit_code == 0
    assert [row["source"] for row in here.json("list", "--json")] == ["acme"]


def test_a_source_of_another_provider_is_refused(here, tmp_path):
    path = pack(tmp_path / "a.pack", 1)
    result = here("import", path, "--source", "post")
    assert result.exit_code == 2
    assert "The source post is at postbox here, and at awardee in the pack." in result.stderr


def test_of_a_pack_of_several_sources_one_can_be_taken(here, tmp_path):
    sources = [ACME, PackSource("beta", "awardee")]
    path = pack(tmp_path / "a.pack", 1, row_line("beta", raw(2), MADE), 3, sources=sources)
    assert here("import", path).exit_code == 2
    assert here("import", path, "--source", "post").exit_code == 2
    result = here("import", path, "--source", "acme")
    assert (result.exit_code, result.stdout) == (0, "2 new, 0 changed, 0 kept as they were.\n")


def test_submissions_of_another_account_are_refused(synced, tmp_path):
    held = synced.json("list", "--json")
    result = synced("import", pack(tmp_path / "a.pack", 1))
    assert result.exit_code == 1
    assert "The pack holds submissions of another organisation (Acme) than acme has here (" in result.stderr
    assert synced.json("list", "--json") == held


def test_an_import_binds_the_source_to_the_account(cli, server, tmp_path):
    assert cli("import", pack(tmp_path / "a.pack", 1)).exit_code == 0
    result = cli("sync")
    assert result.exit_code == 1
    assert "opens another organisation" in result.stderr
    assert "(Acme)" in result.stderr


def test_while_an_inbox_runs_nothing_is_imported(here, tmp_path):
    path = pack(tmp_path / "a.pack", 1)
    here.json("list", "--json")
    lock = LeaderLock(here.data)
    assert lock.acquire()
    try:
        result = here("import", path)
    finally:
        lock.release()
    assert result.exit_code == 1
    assert result.stderr == (
        f"inbox-tui: The running inbox (process {os.getpid()}) writes the local copy now: quit it, then"
        " import.\n"
    )
    assert here.json("list", "--json") == []
    assert here("import", path).exit_code == 0


def test_a_file_that_is_not_there_is_one_sentence(here, tmp_path):
    result = here("import", str(tmp_path / "none.pack"))
    assert result.exit_code == 1
    assert result.stderr.endswith("none.pack cannot be read: No such file or directory.\n")
    assert here("import", str(tmp_path)).exit_code == 1


def test_an_interrupted_import_keeps_what_is_stored_and_says_how_many(here, tmp_path, monkeypatch):
    monkeypatch.setattr("inbox_tui.importing.BATCH", 10)
    path = pack(tmp_path / "a.pack", *range(1, 36))
    store = Importer._store

    def third(importer, batch, found):
        if batch.told[0][0].line > 21:
            raise KeyboardInterrupt
        store(importer, batch, found)

    monkeypatch.setattr(Importer, "_store", third)
    result = here("import", path)
    assert result.exit_code == 130
    assert result.stdout == "20 new, 0 changed, 0 kept as they were.\n"
    assert result.stderr == (
        "inbox-tui: interrupted: 20 submissions of the pack are here. Import it again for the others.\n"
    )
    assert len(here.json("list", "--json")) == 20
    monkeypatch.undo()
    assert here("import", path).stdout == "15 new, 0 changed, 20 kept as they were.\n"


# Triage that is kept on this machine


POST = PackSource("post", "postbox", "postbox", "Postbox", (Container("post", "f1", "Contact"),))


def post_pack(path, *triage):
    return pack(path, row_line("post", posted(1), MADE, triage), sources=[POST])


def post_values(cli):
    row = cli.json("show", "post:sub-0001", "--json")
    return row["status"], row["flagged"], row["notes"]


def test_triage_of_a_source_that_stores_none_travels_with_its_time(here, tmp_path):
    path = post_pack(
        tmp_path / "a.pack",
        Kept("status", "resolved", MADE - 50),
        Kept("flagged", True, MADE - 40),
        Kept("notes", "called", MADE - 30),
    )
    told = here.json("import", path, "--json")
    assert (told["new"], told["triaged"]) == (1, 1)
    assert post_values(here) == ("resolved", True, "called")
    row = here.json("show", "post:sub-0001", "--json")
    assert (row["triage"]["status"], row["sync"], row["container_name"]) == ("local", "clean", "Contact")
    with ledger(here) as conn:
        kept = Ledger(conn, wall=lambda: 0).of("post", ["sub-0001"])["sub-0001"]
    assert {(each.field, each.value, each.at) for each in kept} == {
        ("status", "resolved", MADE - 50),
        ("flagged", True, MADE - 40),
        ("notes", "called", MADE - 30),
    }
    again = tmp_path / "again.pack"
    assert here("export", "-o", str(again)).exit_code == 0
    assert (
        again.read_text("utf-8").splitlines()[1:] == (tmp_path / "a.pack").read_text("utf-8").splitlines()[1:]
    )


def test_triage_set_here_later_is_not_replaced_and_what_is_older_is(here, tmp_path):
    here("import", post_pack(tmp_path / "a.pack", Kept("status", "read", MADE - 50)))
    with ledger(here) as conn:
        Ledger(conn, wall=lambda: MADE).put(Key("post", "sub-0001"), {"notes": "mine"})
    path = post_pack(
        tmp_path / "b.pack", Kept("status", "spam", MADE - 10), Kept("notes", "theirs", MADE - 10)
    )
    assert here.json("import", path, "--json")["triaged"] == 1
    assert post_values(here) == ("spam", False, "mine")


def test_an_edit_that_waits_here_is_not_replaced(here, tmp_path):
    here("import", post_pack(tmp_path / "a.pack"))
    here("set", "post:sub-0001", "--status", "in_progress")
    path = post_pack(tmp_path / "b.pack", Kept("status", "spam", LATER))
    assert here.json("import", path, "--json")["triaged"] == 0
    assert post_values(here)[0] == "in_progress"
    exported = here("export", "--format", "pack").stdout.splitlines()[1]
    assert json.loads(exported)["triage"]["status"]["value"] == "in_progress"


def test_imported_triage_shows_also_on_a_submission_its_source_has_shown(here, tmp_path):
    here("import", pack(tmp_path / "a.pack", row_line("post", posted(1), LATER), sources=[POST]))
    path = post_pack(tmp_path / "b.pack", Kept("flagged", True, MADE))
    told = here.json("import", path, "--json")
    assert (told["kept"], told["triaged"]) == (1, 1)
    assert post_values(here)[1] is True


@pytest.mark.parametrize(
    "triage",
    [
        "[]",
        '{"status":1}',
        '{"flagged":{"value":"yes","at":"2026-05-01T00:00:00Z"}}',
        '{"status":{"value":"new"}}',
    ],
)
def test_triage_that_cannot_be_read_costs_its_line_alone(here, tmp_path, triage):
    line = row_line("post", posted(1), MADE).replace(',"raw":', f',"triage":{triage},"raw":')
    path = pack(tmp_path / "a.pack", line, row_line("post", posted(2), MADE), sources=[POST])
    result = here("import", path)
    assert result.exit_code == 1
    assert result.stdout.startswith("1 new")
    assert "line 2: with" in result.stderr
