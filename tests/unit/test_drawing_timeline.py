"""What the timeline says: events in words, and how far reading has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cache.models import (
    Event,
)
from inbox_tui.drawing import Timeline
from tests.unit.drawing_making import (
    CREATED,
    SETTING,
    detail,
    tab,
)


def timeline(*events: Event) -> list[str]:
    return tab("timeline", detail(), replace(SETTING, names={"u1": "Tom Kay"}), Timeline(events, "read"))


def test_events_are_told_oldest_first_with_time_and_actor() -> None:
    later = CREATED + timedelta(minutes=5)
    lines = timeline(
        Event("2", "status_changed", later, "u1", None, "new", "resolved"), Event("1", "created", CREATED)
    )
    assert [line.split() for line in lines] == [
        ["22", "May", "09:14", "system", "created"],
        ["22", "May", "09:19", "Tom", "Kay", "status", "new", "->", "resolved"],
    ]
    assert lines[0].index("created") == lines[1].index("status")


@pytest.mark.parametrize(
    ("kind", "before", "after", "words"),
    [
        ("priority_changed", "none", "high", "priority none -> high"),
        ("flagged", None, None, "flag set"),
        ("unflagged", None, None, "flag removed"),
        ("assigned", None, "u1", "assigned to Tom Kay"),
        ("assigned", "u7", "u1", "assigned to Tom Kay, before u7"),
        ("unassigned", "u1", None, "unassigned, before Tom Kay"),
        ("notes_updated", None, "a\nb", 'note changed: "a b"'),
        ("notes_updated", "a", None, "note changed, it is empty now"),
        ("notes_updated", None, None, "note changed"),
        ("merged.by_robot", None, None, "merged.by_robot"),
        ("scored", {"n": 1}, 2, 'scored {"n": 1} -> 2'),
        ("status_changed", None, 7, "status - -> 7"),
    ],
)
def test_an_event_is_told_in_words_and_an_unknown_one_as_it_came(
    kind: str, before: Any, after: Any, words: str
) -> None:
    assert timeline(Event("1", kind, CREATED, "u1", None, before, after))[0].endswith(f" {words}")


def test_the_timeline_says_how_far_reading_has_come() -> None:
    def state(shown: Timeline) -> list[str]:
        return tab("timeline", detail(), timeline=shown)

    event = Event("1", "created", None)
    assert state(Timeline()) == ["the timeline was not read yet"]
    assert state(Timeline(state="reading")) == ["reading the timeline ..."]
    assert state(Timeline(state="asked")) == ["not read yet: another inbox-tui was asked for it"]
    assert state(Timeline(state="waiting")) == ["not read yet: it comes once there is a connection"]
    assert state(Timeline(state="read")) == ["the server knows of nothing that happened to this submission"]
    failed = state(Timeline((event,), "failed", "no route to host"))
    assert failed[0] == "the timeline could not be read: no route to host"
    assert failed[1].startswith("no time")
