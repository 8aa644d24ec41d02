"""Rows that are no longer listed: marked only by a complete scan, gone only after two answers, never lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.models import Key
from cache.store.presence import GONE_SECONDS
from cache.sync.remote import Forbidden, NeverLeft, Refused
from tests.cache.making import NOW, LocalCopy, fetched, scratch
from tests.cache.sync_world import World, key

DAY = 86_400


def presence(world):
    return dict(
        world.cache.execute("SELECT id, presence FROM submission JOIN triage USING (rowid)").fetchall()
    )


def vanish(world, *identifiers):
    return [world.remote.rows.pop(identifier) for identifier in identifiers]


def a_day_ago(world):
    """The list was read as a whole a day ago."""
    world.cache.execute("UPDATE source SET scanned_at = scanned_at - 86400")


async def closed_world(world, rows=30):
    """Submissions that no other lane looks at: all are resolved."""
    world.remote.rows.clear()
    for _ in range(rows):
        world.remote.arrive(status="resolved")
    await world.sync()
    assert set(presence(world).values()) == {"listed"}
    world.remote.calls.clear()


async def test_what_is_not_listed_any_more_is_found_by_a_slow_scan_a_page_at_a_time(world):
    """inv 15"""
    await closed_world(world)
    vanish(world, "s0005", "s0006")
    await world.start()
    await world.time.passes(3600)
    assert set(presence(world).values()) == {"listed"}
    a_day_ago(world)
    await world.time.passes(3600)
    assert {name for name, how in presence(world).items() if how != "listed"} == {"s0005", "s0006"}
    assert world.cached() >= {"s0005", "s0006"}


@pytest.mark.slow
async def test_two_answers_ten_minutes_apart_make_a_submission_gone_and_it_is_kept_for_thirty_days(world):
    """inv 15"""
    await closed_world(world)
    vanish(world, "s0005")
    a_day_ago(world)
    await world.start()
    await world.time.passes(3600)
    looks = [call.at for call in world.remote.calls if (call.kind, call.what) == ("get", "s0005")]
    assert presence(world)["s0005"] == "gone"
    assert len(looks) == 2
    assert looks[1] - looks[0] >= 600
    world.time.now += GONE_SECONDS - 7200
    await world.time.passes(3600)
    assert "s0005" in world.cached()
    world.time.now += DAY
    await world.time.passes(3600)
    assert "s0005" not in world.cached()


@pytest.mark.slow
async def test_a_row_with_an_unsettled_edit_outlives_the_thirty_days(world):
    """inv 15"""
    await closed_world(world)
    world.remote.trouble("patch", NeverLeft("no route"), times=1e9)
    await world.start()
    await world.time.passes(60)
    world.edit("s0005", notes="call back")
    await world.time.passes(60)
    vanish(world, "s0005", "s0006")
    a_day_ago(world)
    await world.time.passes(3600)
    world.time.now += GONE_SECONDS
    await world.time.passes(3600)
    assert "s0006" not in world.cached()
    assert "s0005" in world.cached()
    assert world.pending("s0005", "notes").want == "call back"


async def test_a_row_that_is_seen_again_is_present_again(world):
    await closed_world(world)
    (row,) = vanish(world, "s0005")
    await world.sync(full=True)
    assert presence(world)["s0005"] == "missing"
    world.remote.rows["s0005"] = row
    world.changes.clear()
    await world.sync(full=True)
    assert presence(world)["s0005"] == "listed"
    assert any(change.rowids for change in world.changes)


async def test_a_row_that_is_merely_not_listed_is_looked_for_and_stays(world):
    """Not being listed is never proof."""
    await closed_world(world)
    world.remote.bad = {"s0005"}
    await world.sync(full=True)
    assert presence(world)["s0005"] == "listed"


@pytest.mark.parametrize(("gone", "marked"), [(6, 6), (7, 0)])
async def test_a_scan_that_misses_more_than_a_fifth_marks_nothing_and_says_so(world, gone, marked):
    await closed_world(world)
    vanish(world, *(f"s{number:04}" for number in range(1, gone + 1)))
    (report,) = await world.sync(full=True)
    assert sum(how != "listed" for how in presence(world).values()) == marked
    assert (report.error is not None) is (marked == 0)
    if not marked:
        assert report.error.startswith("7 of 30 submissions are no longer listed")


async def test_a_leading_inbox_says_that_a_scan_missed_too_much(world):
    await closed_world(world)
    vanish(world, *(f"s{number:04}" for number in range(1, 12)))
    a_day_ago(world)
    await world.start()
    await world.time.passes(3600)
    assert set(presence(world).values()) == {"listed"}
    assert "11 of 30" in world.status().message


async def test_a_scan_that_is_cut_off_goes_on_in_the_next_run(world):
    """inv 16"""
    await closed_world(world, rows=60)
    vanish(world, "s0005")
    a_day_ago(world)
    engine = await world.start()
    await world.time.passes(240)
    await world.end(engine)
    began, cursor = world.cache.execute("SELECT scan_began, scan_cursor FROM source").fetchone()
    assert began is not None
    assert cursor is not None
    world.remote.calls.clear()
    await world.start()
    await world.time.passes(1200)
    assert cursor in [call.what for call in world.remote.calls if call.kind == "page"]
    assert presence(world)["s0005"] != "listed"


async def test_a_scan_with_an_error_marks_nothing(world):
    await closed_world(world, rows=60)
    vanish(world, "s0005")
    world.remote.trouble("page", Refused("dead", status=400), times=1e9, when=lambda call: call.what)
    a_day_ago(world)
    await world.start()
    await world.time.passes(3600)
    assert set(presence(world).values()) == {"listed"}


@pytest.mark.slow
async def test_one_that_may_not_be_read_is_missing_and_never_gone(world):
    await closed_world(world)
    vanish(world, "s0005")
    world.remote.trouble("get", Forbidden("no", status=403), times=1e9)
    a_day_ago(world)
    await world.start()
    await world.time.passes(3 * 3600)
    assert presence(world)["s0005"] == "missing"
    assert 2 <= world.remote.count("get") < 25


async def test_a_focused_look_that_finds_nothing_is_the_first_of_two_answers(world):
    engine = await world.start()
    await world.time.passes(5)
    vanish(world, "s0002")
    engine.read(key("s0002"), always=True)
    await world.time.passes(2)
    assert presence(world)["s0002"] == "missing"
    engine.read(key("s0002"), always=True)
    await world.time.passes(2)
    assert presence(world)["s0002"] == "missing"
    await world.time.passes(1300)
    assert presence(world)["s0002"] == "gone"


async def test_rows_outside_a_fixed_window_are_aged_out_and_never_gone(world):
    world.remote.window = 10
    for _ in range(7):
        world.remote.arrive()
    await world.sync()
    for _ in range(4):
        world.remote.arrive()
    for identifier in ("s0001", "s0002", "s0003", "s0004"):
        del world.remote.rows[identifier]
    await world.sync()
    held = presence(world)
    assert {name for name, how in held.items() if how == "aged_out"} == {"s0001", "s0002", "s0003", "s0004"}
    assert "missing" not in held.values()


async def test_a_full_window_that_shares_no_row_with_what_is_held_is_a_possible_gap(world):
    world.remote.window = 10
    await world.sync()
    world.remote.rows = {}
    for _ in range(20):
        world.remote.arrive()
    world.remote.rows = {name: row for name, row in world.remote.rows.items() if name > "s0010"}
    await world.start()
    await world.time.passes(5)
    assert "possible gap" in world.status().message


# The two answers, as the writer keeps them


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["404", "seen"]),
            st.integers(0, 900),
            st.sampled_from([0, 0, 0, -3e8, -60, 60, 3e8]),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_none_is_gone_without_two_answers_ten_minutes_apart_and_no_sight_in_between(steps):
    """inv 15"""
    with scratch() as directory, LocalCopy(directory / "data") as local:
        local.show(fetched("a"))
        tick, skew, answers = 0.0, 0, []
        for at, (what, seconds, jump, restarted) in enumerate(steps, start=2):
            tick, skew = tick + seconds, skew + jump
            now = NOW + int(tick + skew)
            local.wall.at = max(now, 0)
            if restarted:
                local.writer.presence.resume("acme", now, tick)
            if what == "seen":
                local.show(fetched("a"), as_of=at)
                answers = []
            else:
                local.writer.presence.missed("acme", "a", at, now, tick)
                answers.append(tick)
            local.reader.refresh()
            row = local.reader.row(Key("acme", "a"))
            assert row.missing is bool(answers)
            if row.gone:
                assert any(later - sooner >= 600 for sooner in answers for later in answers)


@pytest.mark.parametrize("jump", [-3e8, -60, 60, 3e8])
@pytest.mark.parametrize("restarts", [False, True])
async def test_a_clock_that_is_set_between_two_answers_proves_nothing(world, jump, restarts):
    """inv 15: after a restart the ten minutes begin anew where the clocks disagree."""
    await closed_world(world)
    vanish(world, "s0005")
    await world.sync(full=True)
    engine = await world.start()
    await world.time.passes(300)
    world.time.set_by += jump
    if restarts:
        await world.end(engine)
        await world.start()
    await world.time.passes(3600)
    looks = [call.at for call in world.remote.calls if (call.kind, call.what) == ("get", "s0005")]
    assert presence(world)["s0005"] == "gone"
    assert len(looks) == 2
    assert looks[1] - looks[0] >= (900 if restarts else 600)


async def test_a_restart_between_two_answers_costs_no_time_while_the_clocks_agree(world):
    """inv 15"""
    await closed_world(world)
    vanish(world, "s0005")
    await world.sync(full=True)
    engine = await world.start()
    await world.time.passes(300)
    await world.end(engine)
    await world.start()
    await world.time.passes(3600)
    looks = [call.at for call in world.remote.calls if (call.kind, call.what) == ("get", "s0005")]
    assert 600 <= looks[1] - looks[0] <= 960


def test_an_answer_to_a_question_older_than_the_last_sight_says_nothing(local):
    local.show(fetched("a"), as_of=5)
    assert not local.writer.presence.missed("acme", "a", 4, NOW, 0.0)
    local.reader.refresh()
    assert not local.reader.row(Key("acme", "a")).missing


def test_what_aged_out_is_not_shown_as_missing(local):
    local.show(fetched("a"))
    local.writer.presence.set("acme", "a", "aged_out")
    local.reader.refresh()
    assert not local.reader.row(Key("acme", "a")).missing
    assert not local.reader.detail(Key("acme", "a")).missing


async def test_no_scan_walks_while_the_budget_is_short(tmp_path):
    from cache.sync.remote import Budget, RateWindow

    world = World(tmp_path / "data")
    await closed_world(world)
    world.remote.budget = Budget((RateWindow("hour", 1000, 400, world.time.now + 10 * DAY),))
    world.remote.before = lambda call: setattr(
        world.remote, "budget", Budget((RateWindow("hour", 1000, 400, world.time.now + 3600),))
    )
    a_day_ago(world)
    await world.start()
    await world.time.passes(7200)
    assert world.cache.execute("SELECT scan_began FROM source").fetchone() == (None,)
    await world.close()
