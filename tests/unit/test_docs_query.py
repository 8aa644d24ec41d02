"""The page on the filter language names everything the language knows."""

import re
from pathlib import Path

import pytest

from cache.query import canonical, parse_query
from cache.query.fields import ALIASES, FIELDS, HABITS, HAS, SORT_FIELDS, VALUES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "query.md").read_text(encoding="utf-8")
EXAMPLES = [line[:36].strip() for line in PAGE.split("```")[1].splitlines() if line]


def test_the_page_names_every_field_alias_and_habit() -> None:
    for name in (*FIELDS, *ALIASES, *HABITS):
        assert re.search(rf"`{name}[`:]", PAGE), name


def test_the_page_names_every_value() -> None:
    words = set(re.findall(r"[a-z_]+", PAGE))
    values = {*HAS, *SORT_FIELDS, *VALUES["status"], *VALUES["priority"], *VALUES["is"]}
    assert values <= words


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_page_are_understood(example: str) -> None:
    assert canonical(parse_query(example))
