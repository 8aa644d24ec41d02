"""Where a person's files are."""

from pathlib import Path

from inbox_tui import paths


def test_the_environment_names_the_config_file_and_the_data_directory():
    environ = {"INBOX_TUI_CONFIG": "/c/my.toml", "INBOX_TUI_DATA": "/d"}
    assert paths.config_file(environ) == Path("/c/my.toml")
    assert paths.config_dir(environ) == Path("/c")
    assert paths.themes_dir(environ) == Path("/c/themes")
    assert paths.data_dir(environ) == Path("/d")


def test_without_them_the_platforms_own_places_are_used_and_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "conf"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    config, data = paths.config_file({}), paths.data_dir({})
    assert config.name == "config.toml"
    assert tmp_path in config.parents
    assert tmp_path in data.parents
    assert "inbox-tui" in str(config)
    assert "inbox-tui" in str(data)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_variable_counts_as_unset():
    assert paths.config_file({"INBOX_TUI_CONFIG": ""}) == paths.config_file({})


def test_a_relative_path_becomes_absolute_and_home_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.data_dir({"INBOX_TUI_DATA": "~/d"}) == tmp_path / "d"
    assert paths.data_dir({"INBOX_TUI_DATA": "d"}).is_absolute()
