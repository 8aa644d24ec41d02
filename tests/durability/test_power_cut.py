"""Power cuts replayed over what the real code asks of the disk (invariant 23)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.durability.power import cut_power
from tests.durability.recording import Op, can_record, load, record, recording, without

CUTS = 100


@pytest.mark.parametrize("kind", ["outbox", "cache"])
def test_nothing_told_as_saved_is_lost_when_the_power_is_cut(tmp_path: Path, kind: str) -> None:
    """Invariants 22 and 23: both files open at any cut and hold exactly what was told, or the step after."""
    ops = recording(kind, tmp_path / "recorded", steps=25, seed=3)
    done = cut_power(kind, ops, cuts=CUTS, seed=11, directory=tmp_path)
    assert done.lost == ()


@pytest.mark.skipif(not can_record(), reason="the kept recordings are what the other test uses then")
@pytest.mark.parametrize("kind", ["outbox", "cache"])
def test_kept_recording_holds_what_the_program_does_now(tmp_path: Path, kind: str) -> None:
    def shape(ops: list[Op]) -> set[tuple[str, str]]:
        return {(op.kind, op.name) for op in ops if op.kind != "saved"}

    kept = load(kind)
    assert shape(record(kind, tmp_path / "recorded", steps=10, seed=1)) <= shape(kept)
    assert cut_power(kind, kept, cuts=20, seed=5, directory=tmp_path).lost == ()


CARELESS: dict[str, tuple[str, Callable[[Op], bool]]] = {
    "a journal removed without syncing the directory": ("outbox", lambda op: op.kind == "sync_names"),
    "a log that is not synced": ("cache", lambda op: op.kind == "sync" and op.name == "cache.db-wal"),
}


@pytest.mark.parametrize(("kind", "careless"), CARELESS.values(), ids=CARELESS)
def test_replay_finds_out_a_program_that_syncs_less(
    tmp_path: Path, kind: str, careless: Callable[[Op], bool]
) -> None:
    """This tests the test."""
    ops = without(load(kind), careless)
    assert cut_power(kind, ops, cuts=60, seed=2, directory=tmp_path).lost
