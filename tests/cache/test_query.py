from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.models import Member
from cache.query import (
    MeUnknown,
    Order,
    Query,
    QueryContext,
    QueryError,
    Term,
    Word,
    compile_query,
    parse_query,
)
from cache.query.fields import VALUES as FIELD_VALUES
from cache.query.tree import Value
from tests.hostile_corpus import HOSTILE

MEMBERS = (
    Member("acme", "u1", "Ben Ruiz"),
    Member("acme", "u2", "Zoë Adler"),
    Member("acme", "u3", "Benedikt Zander"),
)
CONTEXT = QueryContext(("acme", "beta"), MEMBERS, {"acme": "u1"})
VALUES = "Values: new, read, in_progress, resolved, spam"


def refuse(text: str, context: QueryContext = CONTEXT) -> QueryError:
    with pytest.raises(QueryError) as caught:
        compile_query(parse_query(text), context)
    return caught.value


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("stats:new", 'column 1: there is no field "stats". Did you mean `status:`?'),
        ("status:opne", f'column 8: status has no value "opne". {VALUES}'),
        ("status:open", 'column 8: status has no value "open". `is:open` means new, read or in progress'),
        ("status:>new", "column 9: status has no order. Write `status:new`"),
        ("status:[new, read]", "column 8: lists are written with commas: `status:new,read`"),
        ('"demo', "column 1: this quote is never closed"),
        (
            "re:invent",
            'column 1: there is no field "re". To search for the text write `"re:invent"`',
        ),
        ("a:/x/", "column 3: patterns are not supported. Write the text itself"),
        ("source:gone", 'column 8: there is no source "gone". Sources: acme, beta'),
        ("a:nobody", 'column 3: no colleague is called "nobody". Write a name, `me`, `none` or `any`'),
        ("status:", f"column 8: status: needs a value here. {VALUES}"),
        ("status:new,,read", f"column 12: status: needs a value here. {VALUES}"),
        ("status:new,rad", f'column 12: status has no value "rad". {VALUES}'),
        ("p:>low,high", "column 4: a comparison takes one value"),
        ("is:opne", 'column 4: `is:` has no value "opne". Did you mean `is:open`?'),
        ("-IS:Flaged", 'column 5: `is:` has no value "Flaged". Did you mean `is:flagged`?'),
        (
            "is:xyz",
            f'column 4: `is:` has no value "xyz". Values: {", ".join(FIELD_VALUES["is"])}',
        ),
        ("sort:size", 'column 6: cannot sort by "size". Sort keys: created, number, priority, status, name'),
        ("sort:created,-size", None),
        ("sort:", 'column 6: cannot sort by "". Sort keys: created, number, priority, status, name'),
        ("sort:name sort:-name", "column 11: one `sort:` is enough; write several keys with commas"),
        ("-sort:name", "column 1: one `sort:` is enough; write several keys with commas"),
        ('""', "column 1: there is nothing between these quotes"),
        ("a:me,'x", None),
        ("status:!=>new", None),
    ],
)
def test_mistake_is_told_with_its_column_and_what_to_type(typed: str, said: str | None) -> None:
    error = refuse(typed)
    if said is not None:
        assert str(error) == said
    assert str(error) == f"column {error.column}: {error.cause}"
    assert "\n" not in error.cause


@pytest.mark.parametrize(
    ("typed", "column"),
    [
        ("demo stats:new", 6),
        ("  stats:new", 3),
        ("-stats:new", 2),
        ("is:open -status:nwe", 17),
        ("created:>7d", 1),
        ("limit:10", 1),
        ("has:email", 1),
        ("meta.country:de", 1),
        ("body:x", 1),
        ("größe:4", 1),
        ('f."Team size":>4', 1),
        ("demo f.seats>4", 6),
        ("x<3", 1),
        ("sso=yes", 1),
        ("(is:open", 1),
        ("is:open) x", 4),
        ("demo (x", 6),
        ("demo|sso", 5),
        ("a OR", 3),
        ("a OR b", 3),
        ("new AND old", 5),
        ("NOT old", 1),
        ('a:"ben', 3),
        ('demo "x', 6),
        ('demo"x', 5),
        ("is:open,status:new", 9),
        ("@:x source:nope", 12),
        ("sort:-created,nam", 15),
        ("a:\u0301", 3),
    ],
)
def test_mistake_is_found_where_it_stands(typed: str, column: int) -> None:
    assert refuse(typed).column == column


@pytest.mark.parametrize(
    "typed",
    ["http://example.com", "https://a.b/?x=1", "10:30", "12:30pm", "-", "!", "- x", "ben@example.com", "a-b"],
)
def test_text_that_only_looks_like_a_field_is_searched(typed: str) -> None:
    terms = parse_query(typed).terms
    assert all(isinstance(term, Word) and not term.negated for term in terms)
    assert " ".join(term.text for term in terms if isinstance(term, Word)) == typed


def test_words_quotes_and_terms_are_told_apart() -> None:
    assert parse_query('demo -"team plan" status:new,READ !p:>=Medium sort:-priority,name').terms == (
        Word("demo", 1),
        Word("team plan", 7, negated=True, quoted=True),
        Term("status", (Value("new", 26), Value("read", 30)), 19),
        Term("priority", (Value("medium", 40),), 35, negated=True, operator=">="),
    )
    assert parse_query("sort:-priority,num").order == (Order("priority", True), Order("number", False))
    assert parse_query("--demo").terms == (Word("demo", 1),)


def test_text_around_a_quote_is_a_term_of_its_own() -> None:
    assert parse_query('foo"bar baz"qux').terms == (
        Word("foo", 1),
        Word("bar baz", 4, quoted=True),
        Word("qux", 13),
    )


def test_commas_and_spaces_inside_quotes_belong_to_the_value() -> None:
    (term,) = parse_query('a:"Ruiz, Ben",me').terms
    assert term == Term("assignee", (Value("Ruiz, Ben", 3), Value("me", 15)), 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STATUS:New", "status:new"),
        ("st:in_progress", "status:in_progress"),
        ("p:>=HIGH", "priority:>=high"),
        ("A:me", "assignee:me"),
        ("is:Open", "is:open"),
        ('status:"new"', "status:new"),
        ("status:=new", "status:new"),
        ("status=new", "status:new"),
        ("p>=medium", "p:>=medium"),
        ("status!=new", "-status:new"),
        ("p:!=low,high", "-p:low,high"),
        ("-p:!=low", "p:low"),
        ("a:ben", "a:BEN"),
        ("a:zoe", "a:Zoë"),
        ("a:@me", "a:me"),
        ("a:u1", "a:ruiz"),
        ("sort:-created", ""),
        ("sort:num", "sort:number"),
        ("SUB-0421", "#421"),
        ("sub-421", "#0421"),
        ("  demo   is:open ", "demo is:open"),
    ],
)
def test_two_spellings_mean_the_same(one: str, other: str) -> None:
    assert compile_query(parse_query(one), CONTEXT) == compile_query(parse_query(other), CONTEXT)


def test_every_term_changes_what_is_asked() -> None:
    terms = [
        "status:new",
        "-status:new",
        "status:new,read",
        "p:high",
        "p:>=medium",
        "p:<high",
        "p:<=low",
        "a:me",
        "a:none",
        "a:any",
        "a:zoe",
        "a:ben,zoe",
        "source:beta",
        "is:open",
        "is:read",
        "is:flagged",
        "is:unassigned",
        "is:mine",
        "is:queued",
        "is:conflict",
        "is:unsettled",
        "demo",
        "-demo",
        '"demo"',
        "#4",
        "?!",
        "sort:name",
        "sort:-name",
        "sort:created",
        "sort:priority,-name",
    ]
    alone = {text: compile_query(parse_query(text), CONTEXT) for text in ["", *terms]}
    same = {frozenset(pair) for pair in combinations(alone, 2) if alone[pair[0]] == alone[pair[1]]}
    assert same == {frozenset({"a:none", "is:unassigned"}), frozenset({"a:me", "is:mine"})}
    for text in terms:
        longer = compile_query(parse_query(f"is:open {text}"), CONTEXT)
        assert longer != alone["is:open"] or text == "is:open"


def test_only_the_last_bare_word_is_a_prefix() -> None:
    def matches(text: str) -> tuple[object, ...]:
        return compile_query(parse_query(text), QueryContext(("acme",))).parameters[:-1]

    assert matches("pricing ss") == ('"pricing"', '"ss"*')
    assert matches('pricing "ss"') == ('"pricing"', '"ss"')
    assert matches('ss "team"') == ('"ss"', '"team"')


def test_colleagues_are_named_by_any_part_of_the_name() -> None:
    def ids(text: str) -> list[object]:
        statement = compile_query(parse_query(text), CONTEXT)
        return [value for value in statement.parameters if value not in CONTEXT.sources]

    assert ids("a:ben") == ["u1", "u3"]
    assert ids("a:z") == ["u2", "u3"]
    assert ids('a:"ben r"') == ["u1"]
    assert ids("a:adler,ruiz") == ["u2", "u1"]
    assert ids("a:u3") == ["u3"]
    assert refuse("a:uiz").column == 3
    assert refuse("a:U").column == 3


@pytest.mark.parametrize(
    ("typed", "column"), [("a:me", 3), ("is:mine", 4), ("x -a:ben,me", 10), ("a:@me", 3)]
)
def test_me_means_nothing_until_somebody_has_said_who(typed: str, column: int) -> None:
    error = refuse(typed, QueryContext(("acme",), MEMBERS))
    assert isinstance(error, MeUnknown)
    assert error.column == column
    assert "who you are" in str(error)


def test_without_sources_nothing_is_asked() -> None:
    assert compile_query(Query(""), QueryContext(())).where == "0"


def where(word: str) -> str:
    return compile_query(Query("", (Word(word, 1, quoted=True),)), CONTEXT).where


@pytest.mark.parametrize(
    "text", [text for text in HOSTILE.values() if text], ids=lambda text: repr(text[:12])
)
def test_values_are_parameters_and_never_part_of_the_statement(text: str) -> None:
    assert where(text) in (where("plain"), where("?"))


pieces = st.lists(
    st.sampled_from(
        [
            *"abc:\"'-!,()[]<>=|/#*.@ \t\n",
            "status",
            "is:",
            "p",
            "sort:",
            "new",
            "open",
            "OR",
            "!=",
            "f.",
            "a:",
            "me",
        ]
    )
    | st.characters(),
    max_size=12,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(pieces)
def test_any_text_is_a_query_or_a_mistake_with_a_column(text: str) -> None:
    try:
        query = parse_query(text)
        compile_query(query, CONTEXT)
    except QueryError as error:
        found = error
    else:
        ordered = "sort" in text.lower()
        assert query.terms or ordered or not text.strip()
        return
    assert 1 <= found.column <= len(text) + 1
    assert found.cause


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"\A[A-Za-z][a-z0-9_.]{0,9}\Z"), st.text(alphabet="abz09 ", min_size=1, max_size=5))
def test_unknown_field_is_never_taken_for_text(name: str, value: str) -> None:
    known = {"status", "st", "priority", "p", "assignee", "a", "source", "is", "sort"}
    if name.lower() in known:
        return
    error = refuse(f"x {name}:{value}")
    assert error.column == 3
    assert f'there is no field "{name}"' in error.cause
