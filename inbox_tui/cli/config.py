"""`inbox-tui config`: where the configuration is, and whether it can be used."""

import os
from typing import TYPE_CHECKING

import click

from inbox_tui.outcome import ExitCode

if TYPE_CHECKING:
    from inbox_tui.config import Config, SourceConfig

__all__ = ["config_command"]


@click.group("config", help="The configuration file.")
def config_command() -> None:
    """The configuration file."""


@config_command.command("path", help="Print where the configuration is looked for.")
def path() -> None:
    """Print the path."""
    from inbox_tui import paths

    click.echo(str(paths.config_file(os.environ)))


@config_command.command(
    "check", help="Read the configuration, its keys, views and themes, and name every problem."
)
def check() -> int:
    """Check everything; problems of keys and themes count too."""
    from inbox_tui import config, paths
    from inbox_tui.config_check import shown

    loaded = config.load(paths.config_file(os.environ))
    found = _problems(loaded)
    keyless = [source for source in loaded.sources.values() if _key_is_unset(source)]
    unset = [f"{one.where}: key_env names {one.key_env}, but that variable is not set." for one in keyless]
    for problem in (*found, *unset):
        click.echo(f"inbox-tui: {problem}", err=True)
    if found:
        return ExitCode.USAGE
    sources = len(loaded.sources)
    but = f", {len(keyless)} of them without a key" if keyless else ""
    click.echo(f"{shown(loaded.path)} is good: {sources} source{'' if sources == 1 else 's'}{but}.")
    return ExitCode.OK


def _key_is_unset(source: "SourceConfig") -> bool:
    """Whether the key is to come from a variable that is not there; commands and keyrings are not asked."""
    return source.key_env is not None and not os.environ.get(source.key_env)


def _problems(config: "Config") -> list[str]:
    import themes
    from cache.query import QueryError, parse_query
    from cache.text import one_line
    from inbox_tui import paths
    from inbox_tui.cli.session import explained, sentence
    from inbox_tui.config_check import shown
    from inbox_tui.keymap import build_keymap
    from inbox_tui.views import all_views

    found = list(config.key_problems)
    file = shown(config.path)
    found += [f"{file}, {sentence(one_line(str(problem)))}" for problem in build_keymap(config.keys)[1]]
    for view in all_views(config):
        try:
            parse_query(view.query)
        except QueryError as error:
            found.append(f"{file}, [views.{one_line(view.title, 60)}]: {explained(view.query, error)}")
    user = themes.load_user_themes(paths.themes_dir(os.environ))
    found += [f"{one_line(str(problem.path))}: {problem.reason}" for problem in user.problems]
    known = (*themes.BUNDLED, *user.themes)
    if config.ui.theme not in known:
        found.append(
            f'{file}, [ui], theme: there is no theme "{one_line(config.ui.theme, 60)}".'
            f" Themes: {', '.join(known)}."
        )
    return found
