"""What is queued for a while is delivered at the price of one read and one change each (inv 9, 19)."""

from pathlib import Path

import pytest

from tests.processes.queue import deliver_many

pytestmark = pytest.mark.slow


def test_sixty_queued_edits_take_one_read_and_one_change_each(tmp_path: Path) -> None:
    """inv 9, 19"""
    result = deliver_many(tmp_path, 60)
    assert result.well, result.text()
