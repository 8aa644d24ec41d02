import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.query import QueryError, parse_query
from cache.query.complete import Choice, complete, completion_at, put_in
from cache.query.fields import FIELDS

CACHED = {
    "status": (("new", 12), ("read", 3)),
    "assignee": (("me", 4), ("Ben Ruiz", 9), ("zed", 1)),
    "form": (("Demo request", 7), ("a,b", 1)),
    "f": (("team size", 5), ("seats", 2)),
    "f.team size": (("11-50", 3),),
    "meta": (("utm", 1),),
    "in": (("hot", None),),
}


def cached(field: str, prefix: str) -> tuple[tuple[str, int | None], ...]:
    return tuple(one for one in CACHED.get(field, ()) if one[0].lower().startswith(prefix.lower()))


def offered(text: str) -> list[str]:
    found = complete(text, len(text), cached)
    return [] if found is None else [choice.text for choice in found.choices]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("sta", ["status:"]),
        ("is:open -PRI", ["priority:"]),
        ("(pa", ["page:"]),
        ("old", ["older_than:"]),
        ("re", ["resolver:", "reply:", "result:", "resolved:"]),
        ("p:", ["none", "low", "medium", "high"]),
        ("p:>=me", ["medium"]),
        ("status:new,", ["new", "read", "in_progress", "resolved", "spam"]),
        ("status:(new OR in", ["in_progress"]),
        ("no:e", ["email"]),
        ("a:", ["me", "none", "any", '"Ben Ruiz"', "zed"]),
        ("a:be", ['"Ben Ruiz"']),
        ('a:"ben r', ['"Ben Ruiz"']),
        ("page:a", ['"a,b"']),
        ("f.s", ["f.seats:"]),
        ("f.te", ['f."team size":']),
        ('f."te', ['f."team size":']),
        ('f."Team size":1', ["11-50"]),
        ("meta.", ["meta.utm:"]),
        ("in:", ["hot"]),
        ("created:yes", ["yesterday"]),
        ("sort:-na", ["-name"]),
        ("sort:name,pri", ["priority"]),
        ("http://st", []),
        ('"sta', []),
        ("xyz", []),
    ],
)
def test_what_can_follow_is_offered(typed: str, texts: list[str]) -> None:
    assert offered(typed) == texts


def test_choices_tell_how_many_rows_they_find() -> None:
    found = complete("status:", 7, cached)
    assert found is not None
    assert found.choices[:3] == (
        Choice("new", rows=12),
        Choice("read", rows=3),
        Choice("in_progress"),
    )


def test_every_field_is_offered_with_a_word_about_it() -> None:
    found = completion_at("", 0)
    assert found is not None
    assert [choice.text for choice in found.choices] == [*(f"{name}:" for name in FIELDS), "f.", "meta."]
    assert all(choice.help for choice in found.choices)


@pytest.mark.parametrize(
    ("text", "cursor", "chosen", "after"),
    [
        ("sta", 3, "status:", "status:|"),
        ("is:open sta x", 11, "status:", "is:open status:| x"),
        ("sta:new", 2, "status:", "status:|new"),
        ("status:ne x", 8, "new", "status:new| x"),
        ("status:nex,read", 9, "new", "status:new|,read"),
        ('a:"ben" x', 6, '"Ben Ruiz"', 'a:"Ben Ruiz"| x'),
        ("status:(new OR re)", 17, "read", "status:(new OR read|)"),
        ('f."te', 5, 'f."team size":', 'f."team size":|'),
    ],
)
def test_a_choice_takes_the_place_of_what_was_typed(text: str, cursor: int, chosen: str, after: str) -> None:
    found = complete(text, cursor, cached)
    assert found is not None
    choice = next(choice for choice in found.choices if choice.text == chosen)
    whole, position = put_in(text, found, choice)
    assert f"{whole[:position]}|{whole[position:]}" == after


pieces = st.lists(
    st.sampled_from([*'ab"(),:|-! .=>', "status:", "f.", 'f."', "a:", "new", " OR ", "meta."]), max_size=10
)


@settings(deadline=None)
@given(pieces.map("".join), st.integers(0, 40))
def test_any_place_in_any_text_can_be_asked_about(text: str, cursor: int) -> None:
    cursor = min(cursor, len(text))
    found = complete(text, cursor, cached)
    if found is None:
        return
    assert 0 <= found.start <= cursor <= found.end <= len(text)
    for choice in found.choices:
        whole, position = put_in(text, found, choice)
        assert whole[:position].endswith(choice.text)


@pytest.mark.parametrize(
    "field", ["status:", "is:", "has:", "created:", "age:", "fill:", "sort:", "priority:"]
)
def test_every_fixed_choice_is_a_query(field: str) -> None:
    found = completion_at(field, len(field))
    assert found is not None
    assert found.choices
    for choice in found.choices:
        whole, _ = put_in(field, found, choice)
        try:
            parse_query(whole)
        except QueryError as error:
            pytest.fail(f"{whole}: {error}")
