import csv
import io
import json
import stat
import threading

import pytest

from inbox_tui.cli.progress import Progress


@pytest.fixture
def target(tmp_path):
    """Where the commands of a test write; nothing else is in that directory."""
    directory = tmp_path / "out"
    directory.mkdir()
    return directory / "leads.json"


def table(text):
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows, "the table has no rows"
    return rows


def test_json_and_jsonl_hold_what_list_prints(synced):
    listed = synced.json("list", "is:open", "--json")
    assert len(listed) > 2
    assert synced.json("export", "is:open", "--format", "json") == listed
    lines = synced("export", "is:open", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == listed


def test_an_export_shows_pending_edits_as_the_value(synced):
    synced("set", "7", "--status", "resolved", "--note", "called")
    (row,) = synced.json("export", "SUB-0007", "--format", "json")
    assert (row["status"], row["notes"], row["sync"]) == ("resolved", "called", "queued")
    (line,) = table(synced("export", "SUB-0007", "--format", "csv").stdout.removeprefix("\ufeff"))
    assert (line["status"], line["notes"], line["sync"], line["triage"]) == (
        "resolved",
        "called",
        "queued",
        "remote",
    )


@pytest.mark.parametrize("words", [["-is:spam"], ["-is:spam", "is:open"], ["is:open", "sort:created"]])
def test_a_query_needs_neither_quotes_nor_dashes_before_it(synced, words):
    listed = synced.json("list", *words, "--json")
    assert synced.json("export", *words, "--format", "json") == listed
    assert 0 < len(listed) < 100 or words == ["is:open", "sort:created"]


def test_every_submission_is_written_once_in_the_order_of_the_list(synced, monkeypatch):
    monkeypatch.setattr("inbox_tui.cli.walking._CHUNK", 7)
    rows = synced.json("export", "--format", "json")
    monkeypatch.undo()
    assert [row["id"] for row in rows] == [row["id"] for row in synced.json("list", "--json")]
    assert len({row["id"] for row in rows}) == len(rows) >= 100


@pytest.mark.parametrize("limit", [0, 1, 7, 8, 10_000])
def test_a_limit_is_kept_over_several_windows(synced, monkeypatch, limit):
    monkeypatch.setattr("inbox_tui.cli.walking._CHUNK", 7)
    rows = synced.json("export", "--format", "json", "--limit", str(limit))
    every = synced.json("list", "--json")
    assert [row["id"] for row in rows] == [row["id"] for row in every][:limit]


def test_a_file_is_private_and_its_format_follows_its_name(synced, target):
    result = synced("export", "is:open", "-o", str(target))
    count = len(synced.json("list", "is:open", "--json"))
    assert result.exit_code == 0
    assert (result.stdout, result.stderr) == ("", f"{count} submissions in {target}.\n")
    assert len(json.loads(target.read_text(encoding="utf-8"))) == count
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]


def test_a_lone_o_is_the_short_form_and_a_longer_word_is_not_understood_as_one(synced, target):
    assert synced("export", "-open", "--format", "jsonl", "-o", str(target)).exit_code == 0
    assert target.exists()


def test_a_file_that_is_there_is_replaced_only_by_force(synced, target):
    target.write_text("mine", encoding="utf-8")
    refused = synced("export", "-o", str(target))
    assert refused.exit_code == 1
    assert refused.stderr == f"inbox-tui: {target} is there already; --force replaces it.\n"
    assert target.read_text(encoding="utf-8") == "mine"
    assert synced("export", "-o", str(target), "--force").exit_code == 0
    assert len(json.loads(target.read_text(encoding="utf-8"))) >= 100
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]


def test_what_is_no_plain_file_is_never_replaced(synced, target):
    other = target.with_name("other.json")
    other.write_text("[]", encoding="utf-8")
    target.symlink_to(other)
    result = synced("export", "-o", str(target), "--force")
    assert result.exit_code == 1
    assert "is not a plain file" in result.stderr
    assert other.read_text(encoding="utf-8") == "[]"


def test_a_directory_that_is_not_there_is_said(synced, target):
    result = synced("export", "-o", str(target.parent / "none" / "leads.json"))
    assert result.exit_code == 1
    assert "cannot be written: No such file or directory." in result.stderr


@pytest.mark.parametrize("kind", ["json", "jsonl", "csv", "pack"])
def test_an_interrupted_export_leaves_nothing_behind(synced, target, monkeypatch, kind):
    done = []

    def interrupted(progress):
        done.append(1)
        if len(done) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "step", interrupted)
    result = synced("export", "--format", kind, "-o", str(target))
    assert result.exit_code == 130
    assert list(target.parent.iterdir()) == []


def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(synced, target, monkeypatch):
    def full(progress):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Progress, "step", full)
    result = synced("export", "-o", str(target))
    assert result.exit_code == 1
    assert result.stderr == f"inbox-tui: {target} cannot be written: No space left on device.\n"
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["-o", "leads.txt"],
        ["--format", "xml"],
        ["--format", "json", "stats:new"],
        ["--format", "json", "--view", "nowhere"],
        ["--format", "json", "--outptu", "x"],
    ],
)
def test_wrong_usage_is_exit_2(synced, words):
    result = synced("export", *words)
    assert result.exit_code == 2
    assert result.stderr.startswith("inbox-tui: ")


def test_a_query_without_matches_is_an_empty_result(synced):
    result = synced("export", "zzzzzz", "--format", "json")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "[]\n", "no submission matches.\n")
    assert synced("export", "zzzzzz", "--format", "jsonl").stdout == ""


def test_the_table_has_a_column_for_each_label_that_occurs(synced):
    rows = synced.json("list", "--json")
    labels = list(dict.fromkeys(field["label"] for row in rows for field in row["fields"] if field["value"]))
    text = synced("export", "--format", "csv").stdout
    assert text.startswith('\ufeff"source","provider","ref"')
    lines = table(text.removeprefix("\ufeff"))
    assert len(lines) == len(rows)
    columns = [name for name in lines[0] if name in labels]
    assert len(columns) > 3
    assert [line["ref"].lstrip("'") for line in lines] == [row["ref"] for row in rows]


def test_a_view_is_the_start_of_what_is_exported(synced):
    rows = synced.json("export", "--view", "spam", "--format", "json")
    assert rows
    assert {row["status"] for row in rows} == {"spam"}


def test_a_pack_is_not_written_to_a_terminal(synced, monkeypatch):
    """It holds what visitors wrote, byte for byte."""
    monkeypatch.setattr("inbox_tui.cli.export._is_terminal", lambda: True)
    result = synced("export", "--format", "pack")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Give -o FILE" in result.stderr
    assert synced("export", "--format", "csv").exit_code == 0


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_told_on_a_terminal_and_taken_away():
    terminal, clock = _Terminal(), iter(range(1_000))
    with Progress(1_000, stream=terminal, monotonic=lambda: next(clock)) as progress:
        for _ in range(200):
            progress.step()
    written = terminal.getvalue()
    assert "64 of 1,000 submissions, 64 a second" in written
    assert written.endswith("\r\x1b[K")


def test_progress_is_silent_without_a_terminal():
    quiet = io.StringIO()
    with Progress(None, stream=quiet) as progress:
        for _ in range(200):
            progress.step()
    assert quiet.getvalue() == ""
    assert progress.done == 200


def test_an_export_goes_on_while_somebody_writes_the_local_copy(synced, monkeypatch):
    """Rows that change under it cost no row."""
    every = {row["id"] for row in synced.json("list", "--json")}
    monkeypatch.setattr("inbox_tui.cli.walking._CHUNK", 9)
    steps = []

    def step(progress):
        progress.done += 1
        steps.append(1)
        if len(steps) == 20:
            thread = threading.Thread(target=lambda: synced("set", "7", "--flag"))
            thread.start()
            thread.join()

    monkeypatch.setattr(Progress, "step", step)
    rows = synced.json("export", "--format", "json")
    assert {row["id"] for row in rows} == every
