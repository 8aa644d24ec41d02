"""What the SQL finds is what a look at every single submission finds."""

from collections.abc import Iterator
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cache.query import QueryError, parse_query, resolve
from tests.cache.crowd import Crowd
from tests.cache.judging import judge

ZONES: tuple[tzinfo, ...] = (
    UTC,
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("America/New_York"),
    ZoneInfo("Australia/Lord_Howe"),
)
EXAMPLES = 250


@pytest.fixture(scope="module", params=range(8), ids=lambda seed: f"crowd-{seed}")
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """One database for many queries."""
    seed: int = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cache.store.listing.STRETCH", 7)
        made = Crowd(tmp_path_factory.mktemp("crowd") / "data", seed, ZONES[seed % len(ZONES)])
        yield made
        made.close()


def _terms(field: str, *values: str) -> list[str]:
    return [f"{field}:{value}" for value in values]


TERMS = [
    *_terms("status", "new", "read,spam", "in_progress", "!=resolved"),
    *_terms("p", "high", "none,low", ">=medium", "<high", "low..medium"),
    *_terms("a", "me", "none", "any", "ben", "zoe,none", "*"),
    *_terms("resolver", "me", "none", "ben", "any"),
    *_terms("is", "open", "progress", "read,spam", "flagged", "unassigned", "mine", "unseen"),
    *_terms("is", "queued", "conflict", "rejected", "orphaned", "unsettled", "local", "conflict,flagged"),
    *_terms("has", "email", "phone", "notes", "reply", "conversation", "assignee", "url", "utm"),
    "has:translation",
    *_terms("no", "email", "notes", "assignee", "utm", "phone,reply"),
    *_terms("num", "7", "1..99", "..50", "400..", ">=250", "<9", "*"),
    *("#ab", "#zz-4", "#ID-1", "#b", "#12", "SUB-0042", "id:ab", "id:id-1", "id:zz", "42", "012", "421"),
    *_terms("source", "acme", "beta,cori"),
    *_terms("provider", "plain", "other"),
    *_terms("form", "contact", "pricing", '"contact us"', "p1", "*"),
    *_terms("dest", "url", "page", "two", "*"),
    *_terms("name", "ada", "lov", '"ada lovelace"', "東京", "o'neil", "visitor"),
    *_terms("email", "ada", "@", "example.com", "ünï", "ruiz@mail", "*"),
    *_terms("domain", "example.com", "mail.example.org", "köln.de", "*"),
    *_terms("phone", "170", "+49", "0101", "555-01", "12", "*"),
    *_terms("contact", "ada", "170", "v-1", "ben", "*"),
    *_terms("body", "pricing", "pric", "東京", "สวัส", '"sso login"', "42", "p"),
    *_terms("note", "late", "zebra", "東京", "*", '"pending zebra"'),
    *("f.message:pricing", 'f.message:"sso"', "f.message:*", 'f."team size":>5', 'f."team size":12'),
    *('f."team size":2..40', 'f."team size":seats', 'f."team size":*', "f.nothing:*", "f.message:京都"),
    *('f."Größe / Day":2026-03-29', 'f."Größe / Day":>2026-01', 'f."Größe / Day":soon'),
    *('f."Größe / Day":2026-03..2026-10', "f.link:https", "-f.message:late"),
    *("meta.plan:pro", "meta.plan:>3", "meta.plan:*", "meta.plan:3", "meta.flag:yes", "meta.utm_source:news"),
    *_terms("country", "de", "jp,fr", "*"),
    *_terms("browser", "firefox"),
    *_terms("lang", "en", "de,ja", "*"),
    *_terms("spam", ">0.5", "<=0.25", "0.9", "0.2..0.95", "*"),
    *_terms("reply", "sent", "draft", "*"),
    *_terms("delivery", "sent", "failed"),
    *_terms("result", "won", "lost,won"),
    *_terms("processing", "done", "failed", "*"),
    *_terms("created", "2026", "2026-03", "2026-03-29", "2026-10-25", "today", "yesterday", "monday", "7d"),
    *_terms("created", "thisweek", "lastmonth", "-2d", "-14d..-1d", "2026-03..", "..2026-03-29", "2h"),
    *_terms("created", ">2026-03-28", "<=2026-10-25", "2026-03-29T02:30", ">=2026-11-01T01:30", "now"),
    *_terms("resolved", "7d", "today", "*", "<2026-04"),
    *_terms("viewed", "7d", "*"),
    *_terms("completed", "thisweek", "*"),
    *_terms("age", ">36h", "<2d", "1d", "1h..3d", ">=1w", "<=1mo"),
    *_terms("fill", "<3s", ">1min", "2s", "1s..1h"),
    *_terms("in", "inbox", "hot", "both"),
    *("pricing", "pric", "sso", '"sso login"', "late", "groß", "cafe", "NAIVE", "zebra", "p", "a", "x-y"),
    *("東京", "東京都", "京", "สวัสดี", "สว", "ดี", "йод", "Йо", "ρε", "한국", "et", "it's", "strass", "straße"),
    *("?", "?!", '":)"', "100%", "--", '"?"', "ada@example", "ben.ruiz@mail.example.org", "0170", "+49170"),
    *("1,200", "1200", "lovelace", "ruiz", "visitor", "e", "l", "太郎", '"price 東京"', "@", "3"),
]
SORTS = ["", "", "", "sort:created", "sort:-num", "sort:priority", "sort:-status,name", "sort:name,-created"]


def _grouped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        pair.map(" ".join),
        pair.map(lambda parts: f"({' OR '.join(parts)})"),
        inner.map(lambda text: f"-({text})"),
        pair.map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(inner, inner).map(lambda two: f"{two[0]} -({two[1]})"),
    )


terms = st.tuples(st.sampled_from(["", "", "-"]), st.sampled_from(TERMS)).map("".join)
conditions = st.one_of(terms, st.recursive(terms, _grouped, max_leaves=6))
queries = st.tuples(conditions, st.sampled_from(SORTS)).map(lambda parts: " ".join(parts).strip())


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=queries, page=st.integers(0, 40))
def test_query_finds_what_a_look_at_every_submission_finds(crowd: Crowd, text: str, page: int) -> None:
    reader = crowd.local.reader
    query = parse_query(text)
    try:
        meaning = resolve(query, reader.context)
    except QueryError:
        assume(False)
        return
    expected = [one.rowid for one in crowd.rows if judge(meaning, one)]
    found = reader.rowids(query)
    assert sorted(found, reverse=True) == expected
    assert reader.count(query) == len(expected)
    assert reader.rowids_from(query, page, 7) == found[page : page + 7]
    assert reader.count_at_least(query, page) == min(len(expected), page + 1)


def test_every_term_and_its_opposite_find_what_is_meant(crowd: Crowd) -> None:
    reader = crowd.local.reader
    everything = {one.rowid for one in crowd.rows}
    for term in TERMS:
        meaning = resolve(parse_query(term), reader.context)
        expected = {one.rowid for one in crowd.rows if judge(meaning, one)}
        assert set(reader.rowids(parse_query(term))) == expected, term
        assert set(reader.rowids(parse_query(f"-({term})"))) == everything - expected, term
