"""What a query is compiled to."""

from itertools import combinations

import pytest

from cache.models import Container, Member
from cache.query import QueryContext, parse_query, resolve
from cache.query.compile import compile_meaning
from cache.query.meaning import All, Either, Meaning, Phrase, Symbol, Without
from cache.query.statement import Parameter, Statement
from tests.cache.making import NOW
from tests.cache.test_query_agreement import TERMS
from tests.hostile_corpus import HOSTILE

CONTEXT = QueryContext(
    ("acme", "beta", "cori"),
    (Member("acme", "u1", "Ben Ruiz"), Member("beta", "v1", "Zoë Adler")),
    {"acme": "u1"},
    providers={"acme": "plain", "beta": "other", "cori": "other"},
    local=frozenset(("cori",)),
    containers=(Container("acme", "p1", "Contact us"), Container("beta", "p2", "Pricing")),
    views={"inbox": "is:open", "hot": "p:high OR is:flagged", "both": "in:inbox -in:hot"},
    now=NOW,
)
SAME = {
    frozenset(("a:me", "is:mine")),
    frozenset(("a:none", "is:unassigned")),
}
"""Two spellings of one thing."""


def compiled(text: str) -> Statement:
    query = parse_query(text)
    return compile_meaning(resolve(query, CONTEXT), query.order, CONTEXT, limit=query.limit)


def asked_of(statement: Statement) -> list[Parameter]:
    """The values of the conditions on a row without edits."""
    return [value for one in statement.conditions for value in one.base.values]


def of(meaning: Meaning) -> Statement:
    return compile_meaning(meaning, (), CONTEXT)


def test_every_term_changes_the_statement() -> None:
    everything = compiled("")
    some = compiled("is:flagged quarterly")
    for term in TERMS:
        for text in (term, f"-({term})"):
            if term in ("num:*",):
                continue
            assert compiled(text) != everything, text
            if text != "is:flagged":
                assert compiled(f"is:flagged quarterly ({text})") != some, text
        assert compiled(term) != compiled(f"-({term})"), term


def test_two_terms_are_compiled_alike_only_where_they_mean_the_same() -> None:
    alone = {term: compiled(term) for term in TERMS}
    meant = {term: resolve(parse_query(term), CONTEXT) for term in TERMS}
    for one, other in combinations(TERMS, 2):
        if alone[one] == alone[other] and meant[one] != meant[other]:
            assert frozenset((one, other)) in SAME, (one, other)


def test_sort_and_limit_change_the_statement() -> None:
    orders = ["", "sort:created", "sort:name", "sort:-name", "sort:-num", "sort:p,-name", "sort:assignee"]
    orders += ["sort:source", "sort:-resolved", "limit:5", "limit:6"]
    statements = {text: compiled(text) for text in orders}
    assert len(set(statements.values())) == len(orders)
    assert compiled("sort:age") == compiled("sort:-created") == compiled("")
    assert compiled("sort:-created").newest_first
    assert not compiled("sort:created").newest_first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "is:open",
        "is:mine -is:spam",
        "source:acme p:>=medium",
        "is:unsettled OR is:flagged",
        "in:both",
        "a:*",
    ],
)
def test_terms_of_triage_are_answered_by_the_kept_sums(text: str) -> None:
    assert compiled(text).cubic
    assert not compiled(text).searches


@pytest.mark.parametrize("text", ["demo", "is:open has:email", "created:7d", "is:open -(p:high demo)"])
def test_other_terms_are_not(text: str) -> None:
    assert not compiled(text).cubic


def test_words_that_must_all_hold_are_one_question_to_the_index() -> None:
    statement = compiled('pricing "sso login" is:open -(draft OR spam) name:ada')
    assert statement.where.count("MATCH") == 1
    assert statement.searches
    (asked,) = [value for value in asked_of(statement) if isinstance(value, str) and "pricing" in value]
    assert asked == '(("pricing") AND ("sso login") AND (who : ("ada" *))) NOT (("draft") OR ("spam" *))'


def test_words_that_must_not_hold_stand_alone_where_no_word_must() -> None:
    assert compiled("-draft is:open").where.count("NOT (t.rowid IN (SELECT rowid FROM main.search") == 1


def test_only_letters_the_index_knows_are_asked_of_it() -> None:
    assert of(Phrase("\U00013000", prefix=False)).searches
    assert of(Phrase("...", prefix=True)) == of(Symbol("..."))


def test_beginning_is_asked_for_by_the_words_that_begin_so() -> None:
    statement = compile_meaning(
        Phrase("x p", prefix=True), (), CONTEXT, beginnings=lambda begun: (begun, f"{begun}a*", f"{begun}rq")
    )
    assert asked_of(statement)[0] == '"x p" OR "x pa" * OR "x prq"'
    assert '"x p" *' in [value for one in statement.conditions for value in one.edited.values]


def test_deep_and_wide_meanings_are_compiled() -> None:
    deep: Meaning = Phrase("a", prefix=False)
    for _ in range(60):
        deep = Either((All((deep, Phrase("b", prefix=False))), Symbol("!")))
    assert of(deep).searches
    wide = Either(tuple(Symbol("!" * n) for n in range(1, 900)))
    assert of(Without(wide)).where.count("instr(s.who, ?)") == 899


def test_without_sources_nothing_is_asked_for() -> None:
    assert compile_meaning(All(), (), QueryContext(())).where == "0"


@pytest.mark.parametrize(
    "text", [text for text in HOSTILE.values() if text.strip()], ids=lambda text: repr(text[:12])
)
def test_values_are_parameters_and_never_part_of_the_statement(text: str) -> None:
    known = {of(Phrase("plain", prefix=False)).where, of(Symbol("?")).where}
    assert of(Phrase(text, prefix=False)).where in known
