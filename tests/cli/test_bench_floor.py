"""What the import is measured against stores the same submissions as the import."""

import pytest
from click.testing import CliRunner

from cache.query import parse_query
from inbox_tui.cli import main
from inbox_tui.workspace import open_workspace
from tests.bench.bare_import import bare_import
from tests.bench.load import write_pack
from tests.bench.million import configure, crowded, environ_at

ROWS = 30


def open_rows(home):
    with open_workspace(environ_at(home)).local() as local:
        rows = local.reader.rows(local.reader.rowids_from(parse_query("is:open"), 0, ROWS))
        return [(row.ref, row.who, row.about) for row in rows]


@pytest.mark.slow
def test_the_floor_of_an_import_stores_what_an_import_stores(tmp_path):
    pack, floor, imported = (tmp_path / name for name in ("crowd.pack", "floor", "import"))
    write_pack(pack, ROWS)
    for home in (floor, imported):
        configure(home)
    assert bare_import(pack, floor / "copy") == ROWS
    result = CliRunner().invoke(main, ["import", str(pack)], env=environ_at(imported))
    assert result.exit_code == 0, result.stderr
    assert open_rows(floor) == open_rows(imported) != []


@pytest.mark.slow
def test_the_crowd_that_speed_is_measured_on_is_stored_whole_with_its_edits(tmp_path):
    with open_workspace(crowded(tmp_path, 300)).local() as local:
        assert local.reader.count(parse_query("")) == 300
        assert local.outbox.pending()
