from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cache.query import Query, canonical, canonical_term, parse_query
from cache.query.tree import And, Node, Not, Or, Predicate, Word
from tests.hostile_corpus import HOSTILE
from tests.unit.query_making import bare, mistake

pieces = st.lists(
    st.sampled_from(
        [
            *"abc:\"'-!,()[]<>=|/#*.@ \t\n",
            *(
                "status",
                "is:",
                "p",
                "sort:",
                "limit:",
                "new",
                "open",
                " OR ",
                " AND ",
                "NOT ",
                "!=",
                "..",
                "f.",
            ),
            *(
                "meta.",
                'f."x y":',
                "a:",
                "me",
                "created:",
                "age:>",
                "7d",
                "2026-05-22",
                "-",
                "421",
                "SUB-7",
                "no:",
            ),
        ]
    )
    | st.characters(),
    max_size=14,
).map("".join)


@settings(deadline=None)
@given(pieces, st.booleans())
@example("-" * 3, False)
@example("a:=!=x", False)
@example('email:*[x,"*",*"', False)
@example("id:**/x/", False)
@example("(-) -!", True)
@example("NOT -a", False)
@example("NOT -NOT ", False)
def test_any_text_is_a_query_or_a_mistake_with_a_column(text: str, partial: bool) -> None:
    found = mistake(text, partial=partial)
    if found is not None:
        assert 1 <= found.column <= len(text) + 1
        assert found.cause
        assert "\n" not in found.cause
        return
    query = parse_query(text, partial=partial)
    spelled = canonical(query)
    again = parse_query(spelled)
    assert bare(spelled) == bare(text, partial=partial)
    assert (again.order, again.limit) == (query.order, query.limit)
    assert canonical(again) == spelled
    if not partial:
        asked_for_order = "sort" in text.lower() or "limit" in text.lower()
        assert query.terms or asked_for_order or not text.strip()


TERMS = {
    "demo": "demo",
    '"two words"': '"two words"',
    "st:NEW,read": "status:new,read",
    "p>=medium": "priority:>=medium",
    "A:ben": "assignee:ben",
    "is:unread": "is:new",
    "#0042": "num:42",
    "num:1..5": "num:1..5",
    'f."Team size":>4': 'f."team size":>4',
    "meta.utm:x": "meta.utm:x",
    "created:-14d..-7d": "created:-14d..-7d",
    "age:>36h": "age:>36h",
    "email:@x.de": "email:@x.de",
    'email:"a*b",*c*': 'email:"a*b",c',
    "has:email,url": "has:email,url",
    "body:*": None,
    "note:*": "note:*",
    "-": "-",
}
known = st.sampled_from([typed for typed, spelled in TERMS.items() if spelled is not None and typed != "-"])


@st.composite
def written(draw: st.DrawFn, depth: int = 3) -> tuple[str, Counter[str]]:
    """A query as a person may write it, and the spelling of each of its terms."""
    shape = draw(st.integers(0, 6)) if depth else 0
    if shape < 2:
        typed = draw(known)
        return typed, Counter([TERMS[typed] or ""])
    one, terms = draw(written(depth - 1))
    if shape == 2:
        return f"({one})", terms
    if shape == 3:
        return f"{draw(st.sampled_from(['-', '!', 'NOT ']))}({one})", terms
    other, more = draw(written(depth - 1))
    joint = draw(st.sampled_from([" ", " AND ", "  ", " OR ", "|", " | "]))
    return f"{one}{joint}{other}", terms + more


@settings(deadline=None)
@given(written())
def test_every_term_typed_is_in_the_query_and_in_its_spelling(pair: tuple[str, Counter[str]]) -> None:
    typed, terms = pair
    root = parse_query(typed).root

    def leaves(node: Node | None) -> list[str]:
        if isinstance(node, And | Or):
            return [leaf for part in node.nodes for leaf in leaves(part)]
        if isinstance(node, Not):
            return leaves(node.node)
        return [] if node is None else [canonical_term(node)]

    assert Counter(leaves(root)) == terms
    assert bare(canonical(parse_query(typed))) == bare(typed)


@settings(deadline=None)
@given(st.from_regex(r"\A[A-Za-z][a-z0-9_.]{0,9}\Z"), st.text(alphabet="abz09 ", min_size=1, max_size=5))
def test_an_unknown_field_is_never_taken_for_text(name: str, value: str) -> None:
    typed = f"x {name}:{value}"
    found = mistake(typed)
    if found is not None:
        assert found.column >= 3
        return
    query = parse_query(typed)
    has_field = any(isinstance(term, Predicate) for term in query.terms)
    assert has_field or query.order != Query("").order or query.limit


@pytest.mark.parametrize("text", HOSTILE.values(), ids=lambda text: repr(text[:12]))
def test_hostile_text_is_a_word_in_quotes(text: str) -> None:
    content = text.replace('"', "").strip()
    if content:
        assert parse_query(f'"{content}"').terms == (Word(content, 1, quoted=True),)
