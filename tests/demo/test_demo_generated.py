"""What the generated data holds, and that it comes out the same every time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from inbox_tui.demo.generate import Generator, from_micros, hostile_turn
from inbox_tui.demo.making import open_database
from inbox_tui.demo.registry import contracts
from inbox_tui.demo.running import RunningServer, running_server

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 5, 22, 10, 14, 39, tzinfo=UTC)


def _dump(path: Path, seed: int, now: datetime) -> list[str]:
    database, _ = open_database(path, contracts(), seed=seed, submissions=50, now=now)
    with database.reading() as connection:
        lines = list(connection.iterdump())
    database.close()
    return lines


def test_the_same_seed_and_moment_give_the_same_data(tmp_path: Path) -> None:
    first = _dump(tmp_path / "a.db", 7, NOW)
    assert _dump(tmp_path / "b.db", 7, NOW) == first
    assert _dump(tmp_path / "c.db", 8, NOW) != first
    assert _dump(tmp_path / "d.db", 7, NOW + timedelta(days=1)) != first


def test_required_members_are_always_there(big: RunningServer) -> None:
    for row in big.submissions():
        for name in (
            "object",
            "id",
            "submission_number",
            "status",
            "priority",
            "flagged",
            "data",
            "created_at",
        ):
            assert row[name] is not None
        assert isinstance(row["metadata"], dict)
        assert (row["viewed_at"] is None) is (row["duration_seconds"] is None)
        for answer in row["data"].values():
            assert set(answer) == {"type", "label", "value", "order"}


def test_every_kind_of_content_turns_up(big: RunningServer) -> None:
    rows = big.submissions()
    answers = [answer for row in rows for answer in row["data"].values()]
    kinds = {answer["type"] for answer in answers}
    known = "text,textarea,email,phone,number,select,radio,switch,checkbox,rating,date,hidden,media,submit"
    assert kinds == {f"form_{kind}" for kind in (*known.split(","), "signature")}
    assert {type(answer["value"]) for answer in answers} == {str, int, float, bool, list, dict, type(None)}
    destinations = {row["destination"]["type"] if row["destination"] else None for row in rows}
    named = "url,page,article,chatbot,knowledge_base,file,email,phone,google_review"
    assert destinations == {*named.split(","), "calendar_slot", None}
    assert {row["status"] for row in rows} == {"new", "read", "in_progress", "resolved", "spam"}
    assert {row["priority"] for row in rows} == {"none", "low", "medium", "high"}
    for name in (
        "page_id",
        "assignee_id",
        "notes",
        "viewed_at",
        "qr_code_id",
        "product_id",
        "conversation_id",
    ):
        assert len({row[name] is None for row in rows}) == 2, name
    assert any(row["metadata"] == {} for row in rows)
    assert any("\n\n" in str(answer["value"]) for answer in answers)
    assert {"." in row["created_at"] for row in rows} == {True, False}


def test_visitors_write_in_many_scripts_and_come_back(big: RunningServer) -> None:
    rows = big.submissions()
    text = "".join(str(answer["value"]) for row in rows for answer in row["data"].values())
    for letter in "äéñãłのの您요ัر" + "ש":
        assert letter in text, letter
    mails = Counter(
        answer["value"] for row in rows for answer in row["data"].values() if answer["type"] == "form_email"
    )
    assert max(count for mail, count in mails.items() if mail) > 1


def test_some_submissions_are_hostile(big: RunningServer) -> None:
    text = str([row["data"] for row in big.submissions()])
    assert "\\x1b]52" in text
    assert "HYPERLINK" in text
    assert "\\u202e" in text
    assert "[/]" in text
    assert sum(hostile_turn(number) is not None for number in range(1, 241)) == 4


@pytest.mark.slow
def test_about_half_are_open_and_most_are_recent(tmp_path: Path) -> None:
    with running_server(tmp_path / "s.db", submissions=1_000, now=NOW) as server:
        rows = server.submissions()
    still_open = sum(row["status"] in ("new", "read", "in_progress") for row in rows)
    assert 400 <= still_open <= 500
    ages = [NOW - datetime.fromisoformat(row["created_at"]) for row in rows]
    assert timedelta(minutes=3) < min(ages) < timedelta(days=1)
    assert timedelta(days=300) < max(ages) <= timedelta(days=365)
    assert sum(age < timedelta(days=90) for age in ages) > 500


def _replayed(events: list[dict[str, Any]]) -> dict[str, Any]:
    state: dict[str, Any] = {
        "status": "new",
        "priority": "none",
        "flagged": False,
        "assignee": None,
        "notes": None,
    }
    names = {"status_changed": "status", "priority_changed": "priority", "notes_updated": "notes"}
    names |= {"flagged": "flagged", "unflagged": "flagged", "assigned": "assignee", "unassigned": "assignee"}
    resolved = None
    for event in events[1:]:
        name = names[event["type"]]
        assert state[name] == event["from"]
        state[name] = event["to"]
        if event["to"] == "resolved":
            resolved = event["created_at"]
    return {**state, "resolved_at": resolved}


def test_timelines_explain_the_state(big: RunningServer) -> None:
    for row in big.submissions():
        events = big.events(row["id"])
        assert (events[0]["type"], events[0]["actor_id"]) == ("created", None)
        moments = [datetime.fromisoformat(event["created_at"]) for event in events]
        assert moments == sorted(moments)
        assert datetime.fromisoformat(row["created_at"]) <= moments[0] <= moments[-1] <= NOW
        shown = {name: row[name] for name in ("status", "priority", "flagged", "notes", "resolved_at")}
        assert _replayed(events) == {**shown, "assignee": row["assignee_id"]}


@pytest.mark.parametrize("count", [0, 1, 500])
def test_arrivals_are_in_order_and_within_the_year(count: int) -> None:
    moments = Generator(3, NOW).arrivals(count)
    assert len(moments) == count
    assert moments == sorted(moments)
    assert all(NOW - timedelta(days=366) < from_micros(moment) < NOW for moment in moments)
