"""`inbox-tui themes`: the colour themes there are."""

import os

import click

__all__ = ["themes_command"]


@click.command("themes", help="List the colour themes: those that come with the program, then your own.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object with themes and problems.")
def themes_command(as_json: bool) -> None:
    """List the themes."""
    import themes
    from cache.text import one_line
    from inbox_tui import paths
    from inbox_tui.output import json_text

    user = themes.load_user_themes(paths.themes_dir(os.environ))
    listed = [(spec, True) for spec in themes.bundled().values()]
    listed += [(spec, False) for spec in user.themes.values()]
    if as_json:
        click.echo(
            json_text(
                {
                    "themes": [
                        {"name": spec.name, "dark": spec.dark, "ansi": spec.ansi, "bundled": bundled}
                        for spec, bundled in listed
                    ],
                    "problems": [
                        {"path": str(problem.path), "reason": problem.reason} for problem in user.problems
                    ],
                },
                indent=2,
            )
        )
        return
    width = max(len(spec.name) for spec, _ in listed)
    for spec, bundled in listed:
        kind = "terminal colours" if spec.ansi else "dark" if spec.dark else "light"
        click.echo(f"{spec.name:<{width}}  {kind}{'' if bundled else '  (yours)'}")
    for problem in user.problems:
        click.echo(f"inbox-tui: {one_line(str(problem.path))}: {problem.reason}", err=True)
