"""The table of the bench says what it can, whatever was measured."""

from tests.bench.measure import Line, table


def test_a_floor_too_short_for_the_clock_leaves_the_other_lines_readable() -> None:
    text = table([Line("computing", 0.0, 0.01, 0.8), Line("wall", 0.2, 0.1, 0.8)])
    assert "inf x" in text
    assert "MISSED" in text
    assert "0.50 x" in text
