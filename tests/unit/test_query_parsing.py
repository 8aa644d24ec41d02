import pytest

from cache.query import Hint, Order, QueryError, canonical, parse_query
from cache.query.contradictions import warnings
from cache.query.fields import VALUES as FIELD_VALUES
from cache.query.parse import MAX_DEPTH, MAX_LENGTH, MAX_TERMS
from cache.query.tree import And, Not, Or, Predicate, Range, Value, Word
from tests.unit.query_making import CONTEXT, bare, mistake, refuse

VALUES = "Values: new, read, in_progress, resolved, spam"
KEYS = "Sort keys: created, age, number, priority, status, name, assignee, source, resolved"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("stats:new", 'column 1: there is no field "stats". Did you mean `status:`?'),
        ("status:opne", f'column 8: status has no value "opne". {VALUES}'),
        ("status:open", 'column 8: status has no value "open". `is:open` means new, read or in progress'),
        ("status:>new", "column 9: status has no order. Write `status:new`"),
        ("status:[new, read]", "column 8: lists are written with commas: `status:new,read`"),
        ("created:>7d", "column 10: before or after? `age:>7d` is older than, `created:7d` is since"),
        ("created:2026-02-30", "column 9: not a day in the calendar"),
        ("age:soon", "column 5: not a length of time. Try 90min, 36h, 2d"),
        ("(is:open", "column 1: this ( is never closed"),
        ('"demo', "column 1: this quote is never closed"),
        ("a OR", "column 3: OR needs something on its right"),
        ("re:invent", 'column 1: there is no field "re". To search for the text write `"re:invent"`'),
        ("email:/x/", "column 7: patterns are not supported. Write the text itself"),
    ],
)
def test_the_promised_sentence_is_said(typed: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(typed)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("email:a*b", "column 7: patterns are not supported. Write the text itself"),
        ("phone:55,**", "column 10: `*` means any value and stands alone"),
        ("domain:*.de", "column 8: patterns are not supported. Write the whole value"),
        ("meta.utm:x*", "column 10: patterns are not supported. Write the whole value"),
        ("a:/x/", "column 3: patterns are not supported. Write the text itself"),
        ("source:gone", 'column 8: there is no source "gone". Sources: acme, beta'),
        ("a:nobody", 'column 3: no colleague is called "nobody". Write a name, `me`, `none` or `any`'),
        ("status:", f"column 8: status: needs a value here. {VALUES}"),
        ("status:new,,read", f"column 12: status: needs a value here. {VALUES}"),
        ("status:new,rad", f'column 12: status has no value "rad". {VALUES}'),
        ("p:>low,high", "column 4: a comparison takes one value"),
        ("p:>low..high", 'column 4: priority has no value "low..high". Values: none, low, medium, high'),
        ("p:[low,high]", "column 3: lists are written with commas: `priority:low,high`"),
        ("st>new", "column 4: status has no order. Write `status:new`"),
        ("(is:open status:>new)", "column 18: status has no order. Write `status:new`"),
        ("is:opne", 'column 4: `is:` has no value "opne". Did you mean `is:open`?'),
        ("-IS:Flaged", 'column 5: `is:` has no value "Flaged". Did you mean `is:flagged`?'),
        ("is:xyz", f'column 4: `is:` has no value "xyz". Values: {", ".join(FIELD_VALUES["is"])}'),
        ("no:emial", 'column 4: `no:` has no value "emial". Did you mean `no:email`?'),
        ("sort:size", f'column 6: cannot sort by "size". {KEYS}'),
        ("sort:", f'column 6: cannot sort by "". {KEYS}'),
        ("sort:name,-name", "column 11: `name` is a sort key already"),
        ("sort:name sort:-name", "column 11: one `sort:` is enough; write several keys with commas"),
        ("-sort:name", "column 1: one `sort:` is enough; write several keys with commas"),
        ("(sort:name)", "column 2: `sort:` stands outside of groups"),
        ("(x limit:4)", "column 4: `limit:` stands outside of groups"),
        ("a OR sort:name", "column 3: OR needs something on its right"),
        ("limit:0", "column 7: limit: needs a number from 1"),
        ("limit:many", "column 7: limit: needs a number from 1"),
        ("limit:3 limit:4", "column 9: one `limit:` is enough"),
        ("-limit:3", "column 1: `limit:` has no opposite"),
        ('""', "column 1: there is nothing between these quotes"),
        ('name:""', "column 6: name: needs a value here"),
        ('a:ben"x"', "column 6: quotes go around a whole value"),
        ("()", "column 1: there is nothing in this group"),
        ("a ) b", "column 3: this ) closes nothing"),
        ("a:ben) x", "column 6: this ) closes nothing"),
        ("OR a", "column 1: OR needs something on its left"),
        ("a | | b", "column 3: | needs something on its right"),
        ("a AND OR b", "column 3: AND needs something on its right"),
        ("a NOT", "column 3: NOT needs something on its right"),
        ("-OR", "column 1: - needs something on its right"),
        ("created:soon", "column 9: not a time. Try 2026-05-22, yesterday, 7d"),
        ("created:2026-13", "column 9: not a month in the calendar"),
        ("created:2026-05-22T25:00", "column 9: not a time of day"),
        ("created:0000", "column 9: not a year in the calendar"),
        ("created:-99999y", "column 9: this lies outside of the calendar"),
        ("created:5m", "column 9: minutes or months? Write 5min or 5mo"),
        ("age:>1.5m", "column 6: minutes or months? Write 1.5min or 1.5mo"),
        ("created:14d..7d", "column 9: a range needs a day here. Write `-14d` for the day 14d ago"),
        (
            "resolved:<7d",
            "column 11: before or after? `resolved:<-7d` is before that day, `resolved:7d` is since",
        ),
        ("created:..", "column 9: a range needs one of its ends"),
        ("num:x", "column 5: not a number. Try 421, SUB-0421, 421..430"),
        ("num:1234567890123456", "column 5: a number has at most 15 digits"),
        ("spam:>2", "column 7: spam is a number from 0 to 1. Try spam:>0.5"),
        ("f.seats:>many", "column 10: a comparison needs a number or a day such as 2026-05-22"),
        ("f.seats:4..2026-05-22", "column 9: a range goes from number to number or from day to day"),
        ("meta.x:>many", "column 9: metadata is compared as a number"),
        ("name:*", "column 6: name: needs a value here"),
        ("a:*,me", "column 3: `*` means any value and stands alone"),
        ("phone:abc", "column 7: a phone number is written in digits"),
        ("body:🙂", 'column 6: there is no letter or digit in "🙂". Search for it without `body:`'),
        ("older_than:>2d", "column 13: write `age:>` and a value for `older_than:`"),
        ("f:x", 'column 1: there is no field "f". Write `f.<label>:` for one answer'),
        ('x f."Team size', "column 5: this quote is never closed"),
        ("in:nope", 'column 4: there is no view "nope". Views: hot, late, circle, round'),
        ("form:nope", None),
        ("provider:nope", 'column 10: no source is of a provider "nope". Providers: awardee, postbox'),
    ],
)
def test_a_mistake_is_told_with_its_column_and_what_to_type(typed: str, said: str | None) -> None:
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
        ("größe:4", 1),
        ("x<3", 1),
        ("sso=yes", 1),
        ('a:"ben', 3),
        ('demo "x', 6),
        ('demo"x', 5),
        ("is:open,status:new", 9),
        ("@:x source:nope", 12),
        ("sort:-created,nam", 15),
        ("a:\u0301", 3),
        ("status:(new OR opne)", 16),
        ("(a (b (c", 7),
    ],
)
def test_a_mistake_is_found_where_it_stands(typed: str, column: int) -> None:
    assert refuse(typed).column == column


@pytest.mark.parametrize(
    "typed",
    ["http://example.com", "https://a.b/?x=1", "10:30", "12:30pm", "-", "!", "- x", "ben@example.com", "a-b"],
)
def test_text_that_only_looks_like_something_else_is_searched(typed: str) -> None:
    terms = parse_query(typed).terms
    assert " ".join(term.text for term in terms if isinstance(term, Word)) == typed


def test_words_quotes_and_fields_are_told_apart() -> None:
    assert parse_query('demo -"team plan" status:new,READ !p:>=Medium sort:-priority,num').terms == (
        Word("demo", 1),
        Not(Word("team plan", 7, quoted=True), 6),
        Predicate("status", (Value("new", 26), Value("read", 30)), 19),
        Not(Predicate("priority", (Value("medium", 40),), 36, ">="), 35),
    )
    assert parse_query("sort:-priority,num").order == (Order("priority", True), Order("number", False))
    assert parse_query("--demo").terms == (Word("demo", 3),)


def test_text_around_a_quote_is_a_term_of_its_own() -> None:
    assert parse_query('foo"bar baz"qux').terms == (
        Word("foo", 1),
        Word("bar baz", 4, quoted=True),
        Word("qux", 13),
    )


def test_commas_and_spaces_inside_quotes_belong_to_the_value() -> None:
    (term,) = parse_query('a:"Ruiz, Ben",me').terms
    assert term == Predicate("assignee", (Value("Ruiz, Ben", 3, quoted=True), Value("me", 15)), 1)


def test_not_binds_closer_than_and_and_and_closer_than_or() -> None:
    assert bare("NOT a b | c AND d") == Or(
        (And((Not(Word("a", 0), 0), Word("b", 0))), And((Word("c", 0), Word("d", 0))))
    )
    assert bare("a (b OR c)") == And((Word("a", 0), Or((Word("b", 0), Word("c", 0)))))


def test_a_group_of_values_is_spelled_out() -> None:
    assert bare("status:(new OR read)") == bare("status:new OR status:read")
    assert bare("p:(>=low -high)") == bare("p:>=low -p:high")
    assert bare("created:(-7d | today)") == bare("created:-7d OR created:today")
    assert bare("a:(ben,zoe OR (none))") == bare("a:ben,zoe OR a:none")


def test_ranges_are_read_where_a_field_has_an_order_and_are_text_elsewhere() -> None:
    (term,) = parse_query("num:421..430,7").terms
    assert term == Predicate("num", (Range(Value("421", 5), Value("430", 10), 5), Value("7", 14)), 1)
    assert bare("created:2026-05..") == Predicate("created", (Range(Value("2026-05", 0), None, 0),), 0)
    assert bare("body:wait...") == Predicate("body", (Value("wait...", 0),), 0)
    assert bare("f.why:wait...") == Predicate("f", (Value("wait...", 0),), 0, "=", "why")
    assert bare("f.seats:5..10") == Predicate(
        "f", (Range(Value("5", 0), Value("10", 0), 0),), 0, "=", "seats"
    )


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
        ("a:@me", "a:me"),
        ("sort:-created", ""),
        ("sort:age", ""),
        ("sort:-age", "sort:created"),
        ("sort:num", "sort:number"),
        ("SUB-0421", "#421"),
        ("sub-421", "num:0421"),
        ("  demo   is:open ", "demo is:open"),
        ("demo|sso", "demo OR sso"),
        ("demo AND sso", "demo sso"),
        ("NOT demo", "-demo"),
        ("!(a b)", "-(a AND b)"),
        ("((a) (b (c)))", "a b c"),
        ("(a -)", "a - "),
        ("page:x", "form:x"),
        ("no:email", "-has:email"),
        ("-no:email,phone", "-(-has:email OR -has:phone)"),
        ('f."Team":4', "f.team:4"),
        ("older_than:2d", "age:>2d"),
        ("newer_than:2d", "age:<2d"),
        ("before:2026-05", "created:<2026-05"),
        ("after:2026-05", "created:>=2026-05"),
        ("from:ben", "contact:ben"),
        ("email:*x*", "email:x"),
        ("email:*@x.de,**y", "email:@x.de,y"),
        ("-id:3f2a*", "-id:3f2a"),
        ("is:unread", "is:new"),
        ("created:TODAY", "created:today"),
        ("created:2026-05-22t14:30", "created:2026-05-22T14:30"),
    ],
)
def test_two_spellings_are_one_query(one: str, other: str) -> None:
    assert bare(one) == bare(other)
    assert canonical(parse_query(one)) == canonical(parse_query(other))


@pytest.mark.parametrize(
    ("typed", "hints"),
    [
        ("demo or sso", [Hint("searched", "`or` was searched for. The operator is written OR")]),
        ("not demo", [Hint("searched", "`not` was searched for. The operator is written NOT")]),
        ("or", []),
        ('demo "or" sso', []),
        ("older_than:2d x", [Hint("read_as", "`older_than:2d` was read as `age:>2d`")]),
        ("email:*x*", [Hint("read_as", "`email:*x*` was read as `email:x`, which finds it anywhere")]),
        ('email:"*x*"', []),
        ("from:ben", [Hint("read_as", "`from:ben` was read as `contact:ben`")]),
        ("a:@me", [Hint("read_as", "`assignee:@me` was read as `assignee:me`")]),
        ("is:open,unread", [Hint("read_as", "`is:unread` was read as `is:new`")]),
    ],
)
def test_the_person_is_told_what_was_made_of_a_habit(typed: str, hints: list[Hint]) -> None:
    assert list(parse_query(typed).hints) == hints


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ('demo "team pl', 'demo "team pl"'),
        ('demo "', "demo"),
        ("(a OR", "a"),
        ("a (b | c", "a (b OR c)"),
        ("a OR ", "a"),
        ("a AND", "a"),
        ("a NOT ", "a"),
        ("a -", "a"),
        ("a -(", "a"),
        ("status:(new OR ", "status:new"),
        ('a:"ben r', 'assignee:"ben r"'),
        ('f."Team size":"4 ', 'f."team size":"4"'),
    ],
)
def test_what_is_still_open_while_typing_is_taken_as_far_as_it_goes(typed: str, taken: str) -> None:
    assert canonical(parse_query(typed, partial=True)) == taken


@pytest.mark.parametrize(
    "typed", ["stats:new", "status:", "a OR OR b", "OR", "(a OR) b", "a)", "created:>7d"]
)
def test_a_mistake_that_typing_on_does_not_mend_is_told_while_typing(typed: str) -> None:
    with pytest.raises(QueryError):
        parse_query(typed, partial=True)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "(" * 5_000 + "a" + ")" * 5_000,
        "-(" * 5_000,
        "-" * 9_000 + "x",
        "NOT " * 4_000 + "x",
        "status:(" * 900,
        "a " * 9_000,
        "num:" + ",".join(map(str, range(3_000))),
        "x" * 100_000,
        "a OR (b AND NOT (" * 500,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.parametrize("partial", [False, True])
def test_no_text_is_too_long_or_too_deep_to_be_answered(text: str, partial: bool) -> None:
    found = mistake(text, partial=partial)
    assert found is None or 1 <= found.column <= len(text) + 1


def test_the_limits_are_told() -> None:
    assert refuse("(" * (MAX_DEPTH + 1) + "a").cause == f"groups go at most {MAX_DEPTH} deep"
    assert refuse("a " * (MAX_TERMS + 1)).cause == f"a query has at most {MAX_TERMS} words and values"
    assert refuse("a" * (MAX_LENGTH + 1)).cause == f"a query has at most {MAX_LENGTH:,} characters"
    assert parse_query("a " * MAX_TERMS).terms


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "status:new status:read",
            "matches nothing: a submission has one status. Write `status:new,read`",
        ),
        (
            "is:open x status:spam",
            "matches nothing: a submission has one status. Write `status:new,read,in_progress,spam`",
        ),
        (
            "p:low p:>=medium",
            "matches nothing: a submission has one priority. Write `priority:low,medium,high`",
        ),
        (
            "source:acme source:beta",
            "matches nothing: a submission has one source. Write `source:acme,beta`",
        ),
        ("demo -demo", "matches nothing: `demo` is asked for and left out"),
        ("num:430..421", "matches nothing: the range `num:430..421` ends before it begins"),
        (
            "created:2026-06..2026-05",
            "matches nothing: the range `created:2026-06..2026-05` ends before it begins",
        ),
        ("p:>high", "matches nothing: there is nothing beyond `priority:>high`"),
    ],
)
def test_terms_that_exclude_one_another_are_pointed_out(typed: str, said: str) -> None:
    assert warnings(parse_query(typed), CONTEXT) == (Hint("impossible", said),)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "status:new,read",
        "status:new OR status:read",
        "is:open status:new",
        "p:>=low p:<high",
        "a b -c",
        "in:hot",
    ],
)
def test_nothing_is_pointed_out_where_something_can_match(typed: str) -> None:
    assert warnings(parse_query(typed), CONTEXT) == ()
