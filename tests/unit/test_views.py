from pathlib import Path

import pytest

from cache.query import parse_query
from inbox_tui.config import parse
from inbox_tui.views import DEFAULT_VIEW, all_views, find_view

CONFIG = """
[sources.acme]
provider = "awardee"
[sources.spam]
provider = "awardee"
[views.hot]
query = "is:open p:high"
sort = "-priority"
[views.Inbox]
query = "is:new"
[views.all]
query = "is:flagged"
"""


@pytest.fixture
def views():
    return all_views(parse(CONFIG, Path("config.toml")))


def test_views_are_listed_standing_then_saved_then_sources(views):
    assert [view.group for view in views] == ["views"] * 7 + ["saved"] * 3 + ["sources"] * 2


def test_no_two_views_share_a_name(views):
    names = [view.name for view in views]
    assert len(set(names)) == len(names)
    assert "saved:all" in names
    assert "sources:spam" in names


def test_the_query_of_every_view_can_be_understood(views):
    assert all(parse_query(view.query) for view in views)


def test_a_saved_view_carries_its_sort(views):
    assert find_view(views, "hot").query == "is:open p:high sort:-priority"


def test_a_source_view_shows_what_is_open_there(views):
    assert find_view(views, "acme").query == "is:open source:acme"


def test_a_view_is_found_by_its_exact_name_before_any_capitals_are_ignored(views):
    assert find_view(views, "Inbox").query == "is:new"
    assert find_view(views, "inbox").group == "views"
    assert find_view(views, "HOT").name == "hot"
    assert find_view(views, "INBOX") is None
    assert find_view(views, "nothing") is None


def test_the_view_the_inbox_opens_on_is_there_without_any_configuration():
    views = all_views(parse("", Path("config.toml")))
    assert find_view(views, DEFAULT_VIEW).query == "is:open"
    assert len(views) == 7
