from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.models import EditState, Key, Triage
from cache.outbox import Delivery, Edit
from tests.cache.making import LocalCopy, fetched, scratch

A = Key("acme", "a")


def test_undo_takes_back_a_whole_gesture_over_many_submissions(copy: LocalCopy) -> None:
    edits = [Edit(Key("acme", name), "status", "resolved") for name in "abc"]
    edits.append(Edit(A, "flagged", True))
    result = copy.outbox.edit("resolved 3", edits, copy.reader.server)
    assert len(result.steps) == 4
    assert result.label == "resolved 3"

    undone = copy.outbox.undo(copy.reader.server)
    assert undone is not None
    assert (undone.label, len(undone.steps), undone.skipped) == ("resolved 3", 4, ())
    assert undone.keys == {Key("acme", name) for name in "abc"}
    assert copy.outbox.pending() == ()
    assert copy.outbox.undo(copy.reader.server) is None

    redone = copy.outbox.redo(copy.reader.server)
    assert redone is not None
    assert {(step.key, step.field, step.after) for step in redone.steps} == {
        (edit.key, edit.field, edit.want) for edit in edits
    }
    assert len(copy.outbox.pending()) == 4
    assert copy.outbox.redo(copy.reader.server) is None


def test_undo_and_redo_go_through_the_gestures_in_order(copy: LocalCopy) -> None:
    for status in ("read", "in_progress", "resolved"):
        copy.edit("a", status=status)

    def after(action: Callable[..., Any]) -> str:
        action(copy.reader.server)
        return copy.seen("a").status

    undo, redo = copy.outbox.undo, copy.outbox.redo
    assert [after(move) for move in (undo, undo, redo, undo, undo, undo)] == [
        "in_progress",
        "read",
        "in_progress",
        "read",
        "new",
        "new",
    ]
    assert [after(redo) for _ in range(4)] == ["read", "in_progress", "resolved", "resolved"]


def test_undo_and_redo_work_after_a_restart(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.show(fetched("a"))
        local.edit("a", status="spam", flagged=True)
    with LocalCopy(tmp_path) as local:
        assert local.wants() == {("a", "status"): "spam", ("a", "flagged"): True}
        undone = local.outbox.undo(local.reader.server)
        assert undone is not None
        assert undone.label == "edited"
    with LocalCopy(tmp_path) as local:
        assert local.wants() == {}
        assert local.outbox.redo(local.reader.server) is not None
    with LocalCopy(tmp_path) as local:
        assert local.seen("a") == Triage("spam", "none", True)


def test_undo_leaves_alone_what_has_changed_since(copy: LocalCopy) -> None:
    edits = [Edit(Key("acme", name), "status", "resolved") for name in "ab"]
    copy.outbox.edit("resolved 2", edits, copy.reader.server)
    copy.outbox.discard(A)
    copy.show(fetched("a", status="in_progress"))
    undone = copy.outbox.undo(copy.reader.server)
    assert undone is not None
    assert [step.key.id for step in undone.steps] == ["b"]
    assert [step.key.id for step in undone.skipped] == ["a"]
    assert copy.seen("a").status == "in_progress"
    assert copy.seen("b").status == "new"


def test_undo_of_a_delivered_edit_is_an_edit_of_its_own(copy: LocalCopy) -> None:
    copy.edit("a", status="resolved")
    delivery = Delivery(copy.outbox_file, wall=copy.wall)
    attempt = delivery.begin_attempt(A, {"status": "resolved"}, copy.outbox.pending())
    assert attempt is not None
    copy.show(fetched("a", status="resolved", notes="call"))
    delivery.acknowledge(attempt, Triage("resolved"))
    assert copy.outbox.pending() == ()
    copy.outbox.undo(copy.reader.server)
    edit = copy.pending()
    assert (edit.base, edit.want) == ("resolved", "new")


def test_new_edit_ends_redo_and_one_that_changes_nothing_does_not(copy: LocalCopy) -> None:
    copy.edit("a", status="spam")
    copy.outbox.undo(copy.reader.server)
    assert not copy.edit("a", status="new").steps
    assert copy.outbox.redo(copy.reader.server) is not None
    copy.outbox.undo(copy.reader.server)
    copy.edit("b", flagged=True)
    assert copy.outbox.redo(copy.reader.server) is None
    assert copy.seen("a").status == "new"
    undone = copy.outbox.undo(copy.reader.server)
    assert undone is not None
    assert [step.key.id for step in undone.steps] == ["b"]


def test_undo_of_an_edit_whose_submission_is_gone_is_told_as_skipped(copy: LocalCopy) -> None:
    copy.edit("a", assignee_id="u1")
    copy.edit("a", assignee_id=None)
    copy.cache.execute("DELETE FROM submission WHERE id = 'a'")
    undone = copy.outbox.undo(copy.reader.server)
    assert undone is not None
    assert (undone.steps, len(undone.skipped)) == ((), 1)


def test_value_before_is_the_one_the_persons_last_edit_replaced(copy: LocalCopy) -> None:
    gestures = copy.outbox.gestures
    assert gestures.value_before(A, "status", "resolved") is None
    copy.edit("a", status="resolved")
    assert gestures.value_before(A, "status", "resolved") == "new"
    copy.edit("a", status="in_progress")
    copy.edit("a", status="resolved")
    assert gestures.value_before(A, "status", "resolved") == "in_progress"
    assert gestures.value_before(A, "status", "in_progress") == "resolved"
    assert gestures.value_before(Key("acme", "b"), "status", "resolved") is None


Place = tuple[str, str]
Change = tuple[Place, Any, Any]


class Model:
    """Edits, undo and redo told a second time with plain dictionaries; nothing is ever sent."""

    def __init__(self) -> None:
        self.server = {(name, field): value for name in "ab" for field, value in DEFAULTS.items()}
        self.wants: dict[Place, tuple[Any, Any]] = {}
        self.parked: set[Place] = set()
        """Where the person has to rule: somebody changed it after them."""
        self.done: list[dict[bool, list[Change]]] = []
        self.undone: list[dict[bool, list[Change]]] = []
        """Of each gesture what it changed when it was last done (True) and last undone (False)."""

    def seen(self, place: Place) -> Any:
        return self.wants[place][1] if place in self.wants else self.server[place]

    def want(self, place: Place, value: Any) -> None:
        base = self.wants[place][0] if place in self.wants else self.server[place]
        self.parked.discard(place)
        if place in self.wants and value == base == self.server[place]:
            del self.wants[place]
        else:
            self.wants[place] = (base, value)

    def edit(self, wishes: list[tuple[Place, Any]]) -> None:
        changes = []
        for place, value in wishes:
            if self.seen(place) != value:
                changes.append((place, self.seen(place), value))
                self.want(place, value)
        if changes:
            self.done.append({True: changes, False: []})
            self.undone.clear()

    def move(self, *, back: bool) -> None:
        source, target = (self.done, self.undone) if back else (self.undone, self.done)
        if not source:
            return
        gesture = source.pop()
        target.append(gesture)
        made = [
            (place, seen, value)
            for place, value, there in reversed(gesture[back])
            if (seen := self.turn_back(place, there, value)) is not None
        ]
        if made:
            gesture[not back] = [(place, there, value) for place, (there,), value in made]

    def turn_back(self, place: Place, there: Any, value: Any) -> tuple[Any] | None:
        """What it was brought back from; None when it was left alone."""
        seen = self.seen(place)
        if seen == there and place in self.parked and value == self.wants[place][0]:
            self.parked.discard(place)
            del self.wants[place]
        elif seen == value:
            return None
        elif seen == there or (place[1] == "assignee_id" and seen is None):
            self.want(place, value)
            return (seen,)
        elif place in self.wants:
            return None
        else:
            self.wants[place] = (there, value)
            self.parked.add(place)
        return (there,)


DEFAULTS: dict[str, Any] = {"status": "new", "flagged": False, "assignee_id": None}
OPTIONS: dict[str, list[Any]] = {
    "status": ["new", "read", "spam"],
    "flagged": [False, True],
    "assignee_id": [None, "u1"],
}
wishes = st.tuples(st.sampled_from("ab"), st.sampled_from(list(OPTIONS))).flatmap(
    lambda place: st.tuples(st.just(place), st.sampled_from(OPTIONS[place[1]]))
)
Move = tuple[str, list[tuple[tuple[str, str], Any]]]
moves: st.SearchStrategy[list[Move]] = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.lists(wishes, min_size=1, max_size=3)),
        st.tuples(st.sampled_from(["undo", "redo"]), st.just([])),
        st.tuples(st.just("show"), st.lists(wishes, min_size=1, max_size=1)),
    ),
    max_size=16,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(moves)
def test_any_sequence_of_edits_undo_and_redo_agrees_with_a_plain_model(
    steps: list[Move],
) -> None:
    model = Model()
    with scratch() as directory, LocalCopy(directory) as local:
        local.show(fetched("a"), fetched("b"))
        written: list[tuple[Any, ...]] = []
        for action, values in steps:
            if action == "edit":
                edits = [Edit(Key("acme", name), field, value) for (name, field), value in values]  # type: ignore[arg-type]
                local.outbox.edit("gesture", edits, local.reader.server)
                model.edit(values)
            elif action == "show":
                (place, value), name = values[0], values[0][0][0]
                model.server[place] = value
                facts = {field: model.server[name, field] for field in DEFAULTS}
                facts["assignee"] = facts.pop("assignee_id")
                local.show(fetched(name, **facts))
            elif action == "undo":
                local.outbox.undo(local.reader.server)
                model.move(back=True)
            else:
                local.outbox.redo(local.reader.server)
                model.move(back=False)
            pending = {(edit.key.id, edit.field): edit for edit in local.outbox.pending()}
            assert {place: (edit.base, edit.want) for place, edit in pending.items()} == model.wants
            parked = {place for place, edit in pending.items() if edit.state is EditState.CONFLICT}
            assert parked == model.parked
            now = local.history()
            assert now[: len(written)] == written  # only ever added to
            written = now
