"""Saving and removing views in the configuration file."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox_tui.config import ConfigError, load, parse
from inbox_tui.config_write import remove_view, set_view

TEXT = """# kept by hand
[sources.acme]
provider = "awardee"  # theirs

[views.hot]  # every morning
query = "is:open p:high"
sort = "-priority"

[ui]
theme = "dusk"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(TEXT, encoding="utf-8")
    return file


def test_a_view_is_added_and_every_comment_stays(path: Path) -> None:
    config = set_view(path, "Kunden aus Köln", 'domain:"köln.de"', "-priority")
    view = config.views["Kunden aus Köln"]
    assert (view.query, view.sort) == ('domain:"köln.de"', "-priority")
    assert load(path) == config
    text = path.read_text(encoding="utf-8")
    assert all(line in text for line in TEXT.splitlines())


def test_a_view_is_replaced_and_loses_a_sort_it_has_no_more(path: Path) -> None:
    config = set_view(path, "hot", "is:flagged", None)
    assert (config.views["hot"].query, config.views["hot"].sort) == ("is:flagged", None)
    assert "# every morning" in path.read_text(encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8"))["views"] == {"hot": {"query": "is:flagged"}}


def test_the_first_view_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert list(set_view(path, "hot", "is:open", None).views) == ["hot"]
    assert path.read_text(encoding="utf-8") == '[views.hot]\nquery = "is:open"\n'


def test_a_view_is_removed_and_the_rest_stays(path: Path) -> None:
    assert dict(remove_view(path, "hot").views) == {}
    text = path.read_text(encoding="utf-8")
    assert "hot" not in text
    assert "# kept by hand" in text
    assert parse(text, path).ui.theme == "dusk"
    assert remove_view(path, "hot").views == {}


def test_a_broken_file_is_left_as_it_is(path: Path) -> None:
    path.write_text("[broken", encoding="utf-8")
    for change in (lambda: set_view(path, "hot", "is:open", None), lambda: remove_view(path, "hot")):
        with pytest.raises(ConfigError):
            change()
    assert path.read_text(encoding="utf-8") == "[broken"


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@settings(deadline=None)
@given(name=NAMES, query=NAMES, sort=st.none() | st.just("-priority"))
def test_whatever_a_view_is_called_it_comes_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, query: str, sort: str | None
) -> None:
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text(TEXT, encoding="utf-8")
    set_view(path, name, query, sort)
    view = load(path).views[name]
    assert (view.query, view.sort) == (query, sort)
    assert set(load(path).views) == {"hot", name}
    assert name not in remove_view(path, name).views
