"""`inbox-tui keys`: every command of the inbox with its keys."""

import os

import click

__all__ = ["keys_command"]


@click.command("keys", help="List the commands of the inbox with their keys, as configured.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def keys_command(as_json: bool) -> None:
    """List the keys; without a configuration that can be read, the standard ones."""
    from cache.text import one_line
    from inbox_tui import config, paths
    from inbox_tui.config import ConfigError, ConfigMissing
    from inbox_tui.keymap import build_keymap, keys_table
    from inbox_tui.output import json_text

    problems: list[str] = []
    overrides = {}
    try:
        loaded = config.load(paths.config_file(os.environ))
    except ConfigMissing:
        pass  # the standard keys need none
    except ConfigError as error:
        problems.append(f"{error} These are the standard keys.")
    else:
        overrides = dict(loaded.keys)
        problems += loaded.key_problems
    keymap, skipped = build_keymap(overrides)
    for problem in (*problems, *map(str, skipped)):
        click.echo(f"inbox-tui: {one_line(problem)}", err=True)
    table = keys_table(keymap)
    if as_json:
        click.echo(json_text(table, indent=2))
        return
    heading = ""
    width = max(len(", ".join(row["keys"])) for row in table)
    for row in table:
        if row["group"] != heading:
            click.echo(("\n" if heading else "") + row["group"])
            heading = row["group"]
        click.echo(f"  {', '.join(row['keys']):<{width}}  {row['help']}  ({row['id']})")
