"""Two inboxes, one server: nothing is lost, every clash is a conflict, a merge or reported."""

from pathlib import Path
from typing import Any

import pytest

from tests.processes.duel import Judged, fight, judge

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "keys", [("awardee", "awardee.oauth"), ("awardee", "awardee")], ids=["key and token", "one key"]
)
def test_four_rounds_of_two_inboxes_lose_nothing_and_hide_nothing(
    tmp_path: Path, keys: tuple[str, str]
) -> None:
    """inv 1, 10, 11, 13"""
    result = fight(tmp_path, seed=7, rounds=4, keys=keys)
    assert result.problems == [], result.text()
    assert result.counts["changed by one side"] > 20
    assert result.counts["clash: conflict"] > 5


def case(a: Any, b: Any, held: Any, **more: Any) -> Judged:
    """Both wanted something else than `old`."""
    given = {"knew": {"A": "old", "B": "old"}, "conflicts": {}, "overwrites": {"A": [], "B": []}, **more}
    return Judged(wants={side: want for side, want in (("A", a), ("B", b)) if want}, held=held, **given)


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (case("x", None, "x"), "changed by one side"),
        (case("x", "x", "x"), "both sides the same"),
        (case("x", "y", "y", knew={"A": "old", "B": "x"}), "the second had seen the first"),
        (case("x", "y", "y", conflicts={"A": "y"}), "clash: conflict"),
        (case("x", "y", "y", overwrites={"A": [], "B": ["x"]}), "clash: overwritten and reported"),
        (case("x", "y", "x\ny", field="notes"), "clash: merged"),
        (case("x", "y", "y", field="notes", conflicts={"A": "y"}), "clash: conflict"),
    ],
)
def test_what_is_well_is_counted(one: Judged, verdict: str) -> None:
    assert judge(one) == (verdict, None)


@pytest.mark.parametrize(
    "one",
    [
        case("x", None, "old"),
        case("x", None, "x", conflicts={"A": "old"}),
        case("x", "y", "y"),
        case("x", "y", "y", overwrites={"A": ["x"], "B": []}),
        case("x", "y", "y", conflicts={"A": "old"}),
        case("x", "y", "old", conflicts={"A": "old", "B": "old"}),
        case("x", None, "old", field="notes"),
        case("x", None, "x\nx", field="notes"),
        case("x", "y", "y", field="notes"),
        case("x", "y", "x\ny", field="notes", conflicts={"A": "x"}),
    ],
)
def test_what_is_not_well_is_told(one: Judged) -> None:
    kind, problem = judge(one)
    assert kind is None
    assert problem
