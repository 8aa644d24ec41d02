"""Very many submissions at once: the same result, whatever happens on the way."""

import contextlib
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from cache.models import Submission
from cache.store.bulk import begin_bulk, is_bulk
from cache.store.elsewhere import Texts, Unreadable
from cache.store.load import Loader
from cache.store.ready import Ready
from cache.store.writer import Writer
from cache.sync.remote import FetchedSubmission
from tests.cache.indexes import contents
from tests.cache.making import NOW, LocalCopy, Wall, decode, fetched

Loading = Loader[None]


def made(number: int, *, source: str = "acme", **changes: Any) -> FetchedSubmission:
    """One of many that differ in everything that is indexed."""
    return fetched(
        f"{source}-{number}",
        source=source,
        created=NOW - 40 * number + number % 3,
        number=number,
        container=f"form-{number % 3}",
        status=("new", "read", "resolved")[number % 3],
        assignee=f"user-{number % 2}" if number % 4 else None,
        notes="called\ntwice" if number % 5 == 0 else None,
        contact=(f"Person {number}", f"person{number}@example.com", f"+49 30 {5550000 + number}"),
        fields=(
            ("a", "form_textarea", "Message", f"forty seats, 東京都 {number}", 1),
            ("b", "form_number", "How many?", number, 2),
            ("c", "form_date", "When", "2026-05-22", 3),
        ),
        **changes,
    )


MANY = [made(number, source=("acme", "branch")[number % 2]) for number in range(90)]


def load(loader: Loading, items: Sequence[FetchedSubmission], as_of: int = 1, batch: int = 25) -> None:
    """Read and store items as an import does."""
    for _, found in loader.read(jobs(items, batch)):
        loader.apply([(item, as_of, NOW) for each in found for item in each if isinstance(item, Ready)])


def jobs(items: Sequence[FetchedSubmission], batch: int = 25) -> Iterator[tuple[None, list[Texts]]]:
    for start in range(0, len(items), batch):
        texts: dict[str, list[bytes]] = {}
        for item in items[start : start + batch]:
            texts.setdefault(item.submission.source, []).append(item.raw.encode())
        yield None, [Texts(source, decode, each) for source, each in texts.items()]


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[LocalCopy, LocalCopy]]:
    """Two empty local copies."""
    with (
        LocalCopy(tmp_path / "one", sources=("acme", "branch")) as one,
        LocalCopy(tmp_path / "other", sources=("acme", "branch")) as other,
    ):
        yield one, other


@pytest.mark.parametrize("other_process", [True, False])
@pytest.mark.parametrize("many", [30, 1_000])
def test_loading_stores_what_the_writer_would_have_stored(
    both: tuple[LocalCopy, LocalCopy], other_process: bool, many: int
) -> None:
    loaded, applied = both
    later = [made(number, source="acme", priority="high") for number in range(0, 30, 2)]
    for items, as_of in ((MANY, 5), (later, 6), ([made(2, flagged=True)], 4)):
        applied.show(*items, as_of=as_of)
        with Loading(loaded.cache, wall=Wall(), other_process=other_process, many=many) as loader:
            load(loader, items, as_of)
    assert contents(loaded.cache) == contents(applied.cache)
    assert loaded.rows() == applied.rows()
    loaded.check_index()


def test_of_two_in_one_batch_the_later_one_counts(local: LocalCopy) -> None:
    first, second = made(1, priority="low"), made(1, priority="high")
    with Loading(local.cache, wall=Wall()) as loader:
        (_, ((newer, older),)) = next(iter(loader.read(jobs([second, first]))))
        assert isinstance(newer, Ready)
        assert isinstance(older, Ready)
        changes = loader.apply([(newer, 8, NOW), (older, 7, NOW - 60)])
    assert len(changes.arrived) == 1
    assert local.seen("acme-1").priority == "high"
    local.check_index()


@pytest.mark.parametrize("other_process", [True, False])
def test_what_the_decoder_refuses_is_told_in_its_place(local: LocalCopy, other_process: bool) -> None:
    texts = [MANY[0].raw.encode(), b"[1]", b'{"id": "x"}', MANY[2].raw.encode()]
    with Loading(local.cache, wall=Wall(), other_process=other_process) as loader:
        ((_, (found,)),) = loader.read([(None, [Texts("acme", refusing, texts)])])
    assert [type(item) for item in found] == [Ready, Unreadable, Unreadable, Ready]
    assert found[1] == Unreadable("not understood")


def refusing(raw: Mapping[str, Any], source: str) -> Submission:
    """A decoder that raises what decoders raise."""
    if not isinstance(raw, dict) or "created" not in raw:
        raise ValueError("no")
    return decode(raw, source)


def test_a_decoder_without_a_name_is_used_in_this_process(local: LocalCopy) -> None:
    with Loading(local.cache, wall=Wall(), other_process=True) as loader:
        job = [Texts("acme", lambda raw, source: decode(raw, source), [MANY[0].raw.encode()])]
        ((_, (found,)),) = loader.read([(None, job)])
    assert isinstance(found[0], Ready)


def test_the_end_of_the_other_process_costs_nothing(both: tuple[LocalCopy, LocalCopy]) -> None:
    loaded, applied = both
    applied.show(*MANY, as_of=1)
    with Loading(loaded.cache, wall=Wall(), other_process=True) as loader:
        for at, (_, found) in enumerate(loader.read(jobs(MANY))):
            if at == 1:
                assert loader._reader is not None
                loader._reader._process.send_signal(signal.SIGKILL)
                loader._reader._process.wait()
            loader.apply([(item, 1, NOW) for each in found for item in each if isinstance(item, Ready)])
    assert contents(loaded.cache) == contents(applied.cache)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interruption_leaves_what_was_stored_and_sound_indexes(
    local: LocalCopy, error: type[BaseException]
) -> None:
    with (
        contextlib.suppress(error),
        Loading(local.cache, wall=Wall(), other_process=True, many=20) as loader,
    ):
        load(loader, MANY[:60], batch=20)
        assert is_bulk(local.cache)
        raise error
    assert len(local.rows()) == 60
    assert not is_bulk(local.cache)
    local.check_index()


@pytest.mark.parametrize("merging", [False, True])
def test_a_writer_goes_on_as_usual_where_a_load_was_killed(local: LocalCopy, merging: bool) -> None:
    begin_bulk(local.cache, merging=merging)
    assert is_bulk(local.cache)
    writer = Writer(local.cache, wall=Wall())
    assert not is_bulk(local.cache)
    writer.apply("acme", MANY[:10:2], 1)
    local.check_index()


def test_after_many_rows_every_index_of_words_is_one_piece(local: LocalCopy) -> None:
    with Loading(local.cache, wall=Wall(), many=10) as loader:
        load(loader, MANY, batch=10)
    for index in ("search", "ident", "contact"):
        (pieces,) = local.cache.execute(f"SELECT count(DISTINCT segid) FROM {index}_idx").fetchone()
        assert pieces <= 2
    local.check_index()


def pieces(local: LocalCopy) -> int:
    """Of how many parts the text index is made; its structure begins with a cookie, levels and these."""
    (structure,) = local.cache.execute("SELECT block FROM search_data WHERE id = 10").fetchone()
    return int(structure[5])


@pytest.mark.parametrize(("is_first", "expected"), [(True, 18), (False, 3)])
def test_a_first_reading_puts_merging_off_until_it_ends(
    local: LocalCopy, is_first: bool, expected: int
) -> None:
    with (
        contextlib.suppress(ValueError),
        local.writer.first_reading() if is_first else contextlib.nullcontext(),
    ):
        for start in range(0, 90, 5):
            local.writer.apply("acme", MANY[start : start + 5], start + 1)
        assert pieces(local) == expected
        raise ValueError
    assert not is_bulk(local.cache)
    local.writer.apply("acme", MANY[90:100], 200)
    local.check_index()
