"""How typed words find names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox_tui.matching import match_rank


@pytest.mark.parametrize(
    ("query", "name", "more", "rank"),
    [
        ("", "anything", "", 0),
        ("flag", "Flag", "", 0),
        ("sta", "Status: new", "", 1),
        ("ne st", "Status: new", "", 2),
        ("atus", "Status: new", "", 3),
        ("status colour", "Status: new", "the colour", 4),
        ("olour", "Status: new", "the colour", 5),
        ("snw", "Status: new", "", 6),
        ("zoe", "Zoë Ärger", "", 1),
        ("MARA", "mara", "", 0),
        ("xyz", "Status: new", "the colour", None),
    ],
)
def test_better_fits_rank_lower(query: str, name: str, more: str, rank: int | None) -> None:
    assert match_rank(query, name, more) == rank


@given(st.text(max_size=40))
def test_every_name_is_found_by_itself(name: str) -> None:
    assert match_rank(name, name) is not None
