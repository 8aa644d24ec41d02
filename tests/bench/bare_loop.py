"""The floor of a sync: download and decode every page, one after the other, and keep nothing.

Run as `python -m tests.bench.bare_loop URL KEY`.
"""

from __future__ import annotations

import json
import sys

import httpx

__all__ = ["bare_loop"]


def bare_loop(base_url: str, key: str) -> int:
    """Walk the whole list on one connection; gives the number of submissions."""
    count = 0
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}) as client:
        params = {"limit": "100"}
        while True:
            answer = client.get("/submissions", params=params)
            answer.raise_for_status()
            page = json.loads(answer.content)
            count += len(page["data"])
            if not page["has_more"]:
                return count
            params["cursor"] = page["next_cursor"]


if __name__ == "__main__":
    print(bare_loop(*sys.argv[1:3]))
