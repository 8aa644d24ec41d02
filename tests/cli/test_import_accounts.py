"""Whose submissions a pack holds: those of another account are not merged, those of this one always are."""

import json
import shutil

import pytest

from cache.models import Container
from inbox_tui.packs import PackSource, row_line
from tests.cli.conftest import NOW, CommandLine
from tests.cli.packing import MADE, pack, raw
from tests.reference import reference_server

BASES = {"awardee": "/v1", "mantlz": "/mantlz/api/v1", "mimicbot": "/mimicbot", "postbox": "/postbox"}
NAMELESS = ["mantlz", "mimicbot", "postbox"]
"""Their keys open an account that they do not name."""


def configure(cli: CommandLine, server, provider: str, *, key: str | None = None) -> CommandLine:
    cli.environ |= {
        "KEY": server.keys[key or provider],
        "INBOX_TUI_CONFIG": str(cli.config),
        "INBOX_TUI_DATA": str(cli.data),
    }
    cli.config.write_text(
        f'[sources.{provider}]\nprovider = "{provider}"\n'
        f'base_url = "{server.url}{BASES[provider]}"\nkey_env = "KEY"\n',
        encoding="utf-8",
    )
    return cli


def held(cli: CommandLine) -> list[tuple[object, ...]]:
    """What is in the local copy, but for when it was seen."""
    return [(row["id"], row["status"], row["container_name"]) for row in cli.json("list", "--json")]


def synced(cli: CommandLine) -> list[tuple[object, ...]]:
    result = cli("sync")
    assert result.exit_code == 0, result.stderr
    return held(cli)


def exported(cli: CommandLine) -> str:
    path = cli.directory / "all.pack"
    path.unlink(missing_ok=True)
    assert cli("export", "-o", str(path)).exit_code == 0
    return str(path)


@pytest.fixture
def others(tmp_path):
    """A server with other submissions of other forms, and a command line for it."""
    directory = tmp_path / "others"
    directory.mkdir()
    with reference_server(directory / "server.db", 20, seed=2, moment=NOW) as running:
        yield running, CommandLine(directory)


@pytest.mark.parametrize("provider", BASES)
def test_a_pack_comes_back_to_where_it_was_written(bare, server, provider):
    configure(bare, server, provider)
    before = synced(bare)
    path = exported(bare)
    result = bare("import", path)
    assert (result.exit_code, result.stdout) == (0, f"0 new, 0 changed, {len(before)} kept as they were.\n")
    assert held(bare) == before


@pytest.mark.parametrize("provider", BASES)
def test_a_pack_goes_to_another_machine_with_the_same_key(bare, server, provider):
    configure(bare, server, provider)
    before = synced(bare)
    path = exported(bare)
    shutil.rmtree(bare.data)
    assert bare("import", path).exit_code == 0
    assert synced(bare) == before
    assert bare("import", path).exit_code == 0
    assert held(bare) == before


@pytest.mark.parametrize("provider", NAMELESS)
def test_a_pack_of_other_forms_is_refused(bare, server, others, provider):
    synced(configure(others[1], others[0], provider))
    before = synced(configure(bare, server, provider))
    result = bare("import", exported(others[1]))
    assert result.exit_code == 1
    assert result.stderr == (
        f"inbox-tui: The pack holds submissions of another account than {provider} has here:"
        " nothing they came through is known here. Nothing was imported. Use another source for them.\n"
    )
    assert held(bare) == before


@pytest.mark.parametrize("provider", NAMELESS)
def test_after_an_import_the_key_of_another_account_is_refused(bare, server, others, provider):
    synced(configure(others[1], others[0], provider))
    configure(bare, server, provider)
    assert bare("import", exported(others[1])).exit_code == 0
    before = held(bare)
    result = bare("sync")
    assert result.exit_code == 1
    assert f"The key of {provider} opens another account" in result.stderr
    assert held(bare) == before


@pytest.mark.parametrize("provider", NAMELESS)
def test_a_pack_written_before_there_were_forms_tells_nothing_of_the_account(bare, server, provider):
    configure(bare, server, provider)
    before = synced(bare)
    path = bare.directory / "all.pack"
    exported(bare)
    header, *rows = path.read_text("utf-8").splitlines(keepends=True)
    told = json.loads(header)
    told["sources"][0]["containers"] = []
    path.write_text(json.dumps(told) + "\n" + "".join(rows), encoding="utf-8")
    assert bare("import", str(path)).exit_code == 0
    assert held(bare) == before
    assert synced(bare) == before


def post(*forms):
    """A Postbox source as a pack tells it, with submissions that came through these forms."""
    return PackSource(
        "post", "postbox", "postbox", "Postbox", tuple(Container("post", form, form) for form in forms)
    )


def came_through(form, number):
    item = {"id": f"sub-{number}", "created_at": "2026-05-01T10:00:00Z", "data": {"name": "Ann"}}
    raw = json.dumps({"item": item, "form": {"id": form, "name": form}}, separators=(",", ":"))
    return row_line("post", raw, MADE)


def post_pack(path, *forms):
    lines = [came_through(form, f"{form}-1") for form in forms]
    return pack(path, *lines, sources=[post(*forms)])


def test_forms_that_came_with_a_pack_are_known_from_then_on(here, tmp_path):
    for forms in (["f1"], ["f1", "f2"], ["f2"], ["f2", "f3"], ["f3"]):
        result = here("import", post_pack(tmp_path / "a.pack", *forms))
        assert result.exit_code == 0, result.stderr
    assert here("import", post_pack(tmp_path / "a.pack", "f9")).exit_code == 1


def test_a_single_form_that_is_known_proves_nothing(here, tmp_path):
    assert here("import", post_pack(tmp_path / "a.pack", "f1")).exit_code == 0
    assert here("import", post_pack(tmp_path / "a.pack", "f2")).exit_code == 0


def test_a_pack_that_is_refused_leaves_nothing_behind(here, tmp_path):
    assert here("import", pack(tmp_path / "a.pack", 1)).exit_code == 0
    lines = [row_line("acme", raw(2), MADE), came_through("f8", 1), came_through("f9", 2)]
    sources = [PackSource("acme", "awardee", "org-2", "Other"), post("f8", "f9")]
    result = here("import", pack(tmp_path / "b.pack", *lines, sources=[sources[1], sources[0]]))
    assert result.exit_code == 1
    assert "another organisation (Other)" in result.stderr
    assert here("import", post_pack(tmp_path / "c.pack", "f1", "f2")).exit_code == 0


def test_of_a_source_that_holds_nothing_no_form_is_known(here, tmp_path):
    """What stood for the account before the local copy was lost says nothing of what comes."""
    assert here("import", post_pack(tmp_path / "a.pack", "f1", "f2")).exit_code == 0
    (here.data / "cache.db").unlink()
    assert here("import", post_pack(tmp_path / "a.pack", "f8", "f9")).exit_code == 0
    assert here("import", post_pack(tmp_path / "a.pack", "f1", "f2")).exit_code == 1
