from dataclasses import replace
from itertools import combinations
from math import inf, nextafter

import pytest

from cache.query import MeUnknown, QueryContext, QueryError, parse_query, resolve
from cache.query.meaning import (
    All,
    AnswerBetween,
    AnswerGiven,
    AnswerText,
    Assigned,
    Between,
    Either,
    Flagged,
    HasNotes,
    Holds,
    Meaning,
    Numbered,
    OneOf,
    Phrase,
    Symbol,
    Synced,
    Tagged,
    Unopened,
    Without,
)
from tests.hostile_corpus import HOSTILE
from tests.unit.query_making import CONTEXT, MEMBERS, meaning, refuse

NAMED = Without(Tagged("no", frozenset({"name"})))
OPEN = OneOf("status", frozenset({"new", "read", "in_progress"}))


def tagged(name: str, *values: str) -> Tagged:
    return Tagged(name, frozenset(values))


def below(number: float) -> float:
    return nextafter(number, -inf)


def above(number: float) -> float:
    return nextafter(number, inf)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", All()),
        ("is:open -is:spam", All((OPEN, Without(OneOf("status", frozenset({"spam"})))))),
        ("p:>=medium", OneOf("priority", frozenset({"medium", "high"}))),
        ("p:none,medium..", OneOf("priority", frozenset({"none", "medium", "high"}))),
        ("p:<none", Either()),
        ("status:*", All()),
        ("is:new,resolved", OneOf("status", frozenset({"new", "resolved"}))),
        ("is:flagged,new", Either((Flagged(), OneOf("status", frozenset({"new"}))))),
        ("is:queued", Synced(frozenset({"queued", "sending", "verifying"}))),
        ("is:local", OneOf("source", frozenset({"beta"}))),
        ("is:unseen", Unopened()),
        ("a:none", Assigned(nobody=True)),
        ("a:*", Assigned(anybody=True)),
        ("a:me,ben", Assigned(frozenset({("acme", "u1"), (None, "u1"), (None, "u3")}))),
        ("a:none,u2", Assigned(frozenset({(None, "u2")}), nobody=True)),
        ("resolver:zoe", tagged("resolver", "u2")),
        ("resolver:none", Without(Tagged("resolver", None))),
        ("resolver:me", All((OneOf("source", frozenset({"acme"})), tagged("resolver", "u1")))),
        ("has:notes", HasNotes()),
        ("no:assignee", Without(Assigned(anybody=True))),
        ("has:utm,notes", Either((tagged("has", "utm"), HasNotes()))),
        ("num:421", Numbered(421, 421)),
        ("num:421..", Numbered(421, None)),
        ("num:>421", Numbered(422, None)),
        ("num:*", Numbered()),
        ("id:AbC", Holds("id", "abc")),
        ("source:ACME", OneOf("source", frozenset({"acme"}))),
        ("provider:Postbox", OneOf("source", frozenset({"beta"}))),
        ("form:req", tagged("container", "acme/c1")),
        ("form:demo", tagged("container", "beta/b1")),
        ("form:dem", tagged("container", "acme/c1", "beta/b1")),
        ("form:c2,support", tagged("container", "acme/c2")),
        ("form:*", Tagged("container", None)),
        ("dest:/Thanks", tagged("dest", "/thanks")),
        ("name:Zoë", All((Phrase("Zoë", prefix=True, place="who"), NAMED))),
        ('name:"Zoë"', All((Phrase("Zoë", prefix=False, place="who"), NAMED))),
        ("note:call", Phrase("call", prefix=True, place="notes")),
        ("note:*", HasNotes()),
        ("body:sso,saml", Either((Phrase("sso", True, "body"), Phrase("saml", True, "body")))),
        ("email:@X.de", Holds("email", "@x.de")),
        ("email:*x*", Holds("email", "x")),
        ('email:"*x*"', Holds("email", "*x*")),
        ('domain:"*.de"', tagged("domain", "*.de")),
        ("email:*", tagged("has", "email")),
        ('phone:"+49 (170) 12"', Holds("phone", "+4917012")),
        ("phone:٠١٢٣", Holds("phone", "0123")),
        ("domain:@Example.com", tagged("domain", "example.com")),
        (
            "contact:Ben",
            Either((Phrase("Ben", True, "who"), Holds("email", "ben"), tagged("visitor", "ben"))),
        ),
        ("lang:DE,en", tagged("lang", "de", "en")),
        ("lang!=de", Without(tagged("lang", "de"))),
        ("reply:*", Tagged("reply", None)),
        ("spam:>0.5", Between("spam", above(0.5), None)),
        ("spam:0.1..0.5", Between("spam", 0.1, 0.5)),
        ("fill:<3s", Between("fill", None, below(3))),
        ("fill:3s", Between("fill", 3, below(4))),
        ("fill:1.5min..", Between("fill", 90, None)),
        ("fill:*", Between("fill", None, None)),
        ("resolved:*", Between("resolved", None, None)),
        ('f."Team Size":>4', AnswerBetween("team size", "number", above(4), None)),
        (
            "f.seats:5",
            Either((AnswerBetween("seats", "number", 5, 5), AnswerText("seats", "5", prefix=False))),
        ),
        ('f.seats:"5"', AnswerText("seats", "5", prefix=False)),
        ("f.seats:-2..4.5", AnswerBetween("seats", "number", -2, 4.5)),
        ("f.plan:pro", AnswerText("plan", "pro", prefix=True)),
        ("f.plan:*", AnswerGiven("plan")),
        ("f.start:<2026-05", AnswerBetween("start", "date", None, 739_736)),
        ("f.start:<=2026-05", AnswerBetween("start", "date", None, 739_767)),
        ("f.start:2026-05-22..", AnswerBetween("start", "date", 739_758, None)),
        ("f.größe:!=klein", Without(AnswerText("grosse", "klein", prefix=True))),
        ("meta.UTM:Spring", tagged("meta.utm", "spring")),
        ("meta.n:5", Either((tagged("meta.n", "5"), Between("meta.n", 5, 5)))),
        ("meta.n:<=5", Between("meta.n", None, 5)),
        ("meta.n:*", Tagged("meta.n", None)),
        ("#421", Numbered(421, 421)),
        ("#012345", Either((Numbered(12345, 12345), Holds("id", "012345", begins=True)))),
        ("SUB-012345", Numbered(12345, 12345)),
        ("num:#012345", Numbered(12345, 12345)),
        ("#AbC-1", Either((Phrase("#AbC-1", True), Holds("id", "abc-1", begins=True)))),
        ("#123a", Either((Phrase("#123a", True), Holds("id", "123a", begins=True)))),
        ('"#abc"', Phrase("#abc", False)),
        ("##abc", Phrase("##abc", True)),
        ("🙂", Symbol("🙂")),
        ("ben@x", Either((Phrase("ben@x", True), Holds("email", "ben@x")))),
        ('"ben@x"', Phrase("ben@x", False)),
        ("0421", Either((Phrase("0421", True), Holds("phone", "0421"), Numbered(digits="0421")))),
        ("42", Phrase("42", True)),
        ("+4917", Either((Phrase("+4917", True), Holds("phone", "+4917")))),
        ("0170-1234567", Either((Phrase("0170-1234567", True), Holds("phone", "01701234567")))),
        ("2026-05-22", Phrase("2026-05-22", True)),
        ("dem* x", All((Phrase("dem", True), Phrase("x", True)))),
        ("in:hot", All((OPEN, OneOf("priority", frozenset({"high"}))))),
        ("-in:HOT", Without(All((OPEN, OneOf("priority", frozenset({"high"})))))),
    ],
)
def test_a_query_means_what_it_says(typed: str, meant: Meaning) -> None:
    assert meaning(typed) == meant


def test_only_the_last_word_typed_may_be_half_typed() -> None:
    assert meaning("pricing ss") == All((Phrase("pricing", False), Phrase("ss", True)))
    assert meaning('ss "team"') == All((Phrase("ss", False), Phrase("team", False)))
    assert meaning("a OR (b -ss) is:flagged") == Either(
        (
            Phrase("a", False),
            All((Phrase("b", False), Without(Phrase("ss", True)), Flagged())),
        )
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a:zoe", "a:Zoë"),
        ("a:u2", "a:adler"),
        ("a:none", "is:unassigned"),
        ("a:me", "is:mine"),
        ("status!=new", "-status:new"),
        ("in:late", "is:open p:high age:>2d"),
        ('form:"DEMO  request"', "form:c1"),
    ],
)
def test_two_queries_mean_the_same(one: str, other: str) -> None:
    assert meaning(one) == meaning(other)


def test_colleagues_are_named_by_the_beginning_of_any_part_of_the_name() -> None:
    def ids(text: str) -> set[str]:
        found = meaning(text)
        assert isinstance(found, Assigned)
        return {user for _, user in found.people}

    assert ids("a:ben") == {"u1", "u3"}
    assert ids("a:z") == {"u2", "u3"}
    assert ids('a:"ben r"') == {"u1"}
    assert ids("a:adler,ruiz") == {"u1", "u2"}
    assert ids("a:u3") == {"u3"}
    assert refuse("a:uiz").column == 3
    assert refuse("a:U").column == 3


@pytest.mark.parametrize(
    ("typed", "column"),
    [("a:me", 3), ("is:mine", 4), ("x -a:ben,me", 10), ("a:@me", 3), ("resolver:me", 10), ("x in:own", 6)],
)
def test_me_means_nothing_until_somebody_has_said_who(typed: str, column: int) -> None:
    error = refuse(typed, QueryContext(("acme",), MEMBERS, views={"own": "is:open a:me"}))
    assert isinstance(error, MeUnknown)
    assert error.column == column
    assert "who you are" in str(error)


@pytest.mark.parametrize(
    ("views", "said"),
    [
        ({"a": "in:a"}, 'column 6: the view "a" cannot be used: views may not refer to themselves: a > a'),
        (
            {"a": "x (y OR in:b)", "b": "-in:c", "c": "in:b"},
            'column 6: the view "a" cannot be used: views may not refer to themselves: b > c > b',
        ),
        ({"a": "stats:new"}, None),
        (
            {"a": "is:open limit:5"},
            'column 6: the view "a" cannot be used: it has a `limit:`, which is no condition',
        ),
        ({"a": "in:gone"}, 'column 6: the view "a" cannot be used: there is no view "gone". Views: a'),
        ({}, 'column 6: there is no view "a". No view is set up'),
    ],
)
def test_a_view_that_cannot_be_used_is_told_where_it_is_named(
    views: dict[str, str], said: str | None
) -> None:
    error = refuse("x in:a", replace(CONTEXT, views=views))
    assert error.column == 6
    if said is not None:
        assert str(error) == said


def test_a_view_used_twice_is_no_circle() -> None:
    views = {"a": "in:b in:c", "b": "in:c", "c": "is:flagged"}
    assert resolve(parse_query("in:a"), replace(CONTEXT, views=views)) == All((Flagged(), Flagged()))


def test_views_that_double_at_each_step_are_refused_and_not_computed() -> None:
    views = {"v0": "x"} | {f"v{at}": f"in:v{at - 1} OR -in:v{at - 1}" for at in range(1, 60)}
    assert "too deep" in refuse("in:v59", replace(CONTEXT, views=views)).cause
    views = {"v0": "x"} | {f"v{at}": f"in:v{at - 1} in:v{at - 1}" for at in range(1, 20)}
    assert "terms" in refuse("in:v19", replace(CONTEXT, views=views)).cause


def test_no_nesting_of_groups_and_views_is_too_deep_to_be_answered() -> None:
    views = {f"v{at}": f"(a OR -(b in:v{at + 1}))" for at in range(400)} | {"v400": "x"}
    assert refuse("in:v0", replace(CONTEXT, views=views)).cause.endswith("go too deep")


def test_every_term_changes_what_is_meant() -> None:
    terms = [
        *("status:new", "-status:new", "status:new,read", "p:high", "p:>=medium", "p:<high", "p:<=low"),
        *("a:me", "a:none", "a:any", "a:zoe", "a:ben,zoe", "source:beta", "provider:awardee", "form:c1"),
        *("is:open", "is:read", "is:flagged", "is:unassigned", "is:mine", "is:queued", "is:conflict"),
        *("is:unsettled", "is:unseen", "has:email", "has:notes", "no:reply", "num:4", "id:4"),
        *("demo", "-demo", '"demo"', "?!", "name:demo", "body:demo", "note:demo", "email:demo", "phone:123"),
        *("domain:x", "dest:x", "country:x", "browser:x", "lang:x", "reply:x", "delivery:x", "result:x"),
        *(
            "processing:x",
            "spam:>0.5",
            "created:7d",
            "created:-7d",
            "created:2026",
            "resolved:7d",
            "viewed:7d",
        ),
        *(
            "completed:7d",
            "age:>7d",
            "age:7d",
            "fill:<3s",
            "f.x:demo",
            "f.x:>4",
            "f.y:>4",
            "f.x:*",
            "meta.x:a",
        ),
        *("meta.x:>4", "meta.y:>4", "in:hot", "in:late", "contact:demo", "resolver:zoe", "421"),
    ]
    alone = {text: meaning(text) for text in ["", *terms]}
    same = {frozenset(pair) for pair in combinations(alone, 2) if alone[pair[0]] == alone[pair[1]]}
    assert same == {
        frozenset({"a:none", "is:unassigned"}),
        frozenset({"a:me", "is:mine"}),
    }
    for text in terms:
        both = meaning(f"is:rejected {text}")
        assert both != meaning("is:rejected")
        assert both != alone[text]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=lambda text: repr(text[:12]))
def test_hostile_text_means_something_or_is_refused(text: str) -> None:
    content = text.replace('"', "").strip()
    for field in ("", "name:", "email:", "contact:", "f.x:", "meta.x:", "lang:", "form:", "a:"):
        typed = f'{field}"{content}"'
        try:
            found = meaning(typed)
        except QueryError:
            assert 1 <= refuse(typed).column <= len(typed) + 1
        else:
            assert hash(found) == hash(meaning(typed))
