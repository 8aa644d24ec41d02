"""Starting, stopping and starting again; the loopback address; what the server may import."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from inbox_tui.demo.faults import Fault
from inbox_tui.demo.running import RunningServer, running_server
from inbox_tui.demo.server import LoopbackServer, PortBusyError, listen

if TYPE_CHECKING:
    from pathlib import Path


def test_changes_survive_a_new_server_on_the_same_file_and_port(tmp_path: Path) -> None:
    path = tmp_path / "server.db"
    with running_server(path, submissions=5, seed=4) as server:
        port = server.port
        target = server.submissions()[0]["id"]
        changed = server.act_as(server.me, target, {"notes": "kept"})
        events = server.events(target)
    with running_server(path, submissions=99, seed=5, port=port) as server:
        assert (server.port, server.seed, len(server.submissions())) == (port, 4, 5)
        assert server.submission(target) == changed
        assert server.events(target) == events


def test_a_stopped_server_refuses_and_comes_back(server: RunningServer, api: httpx.Client) -> None:
    assert api.get("/me").status_code == 200
    port = server.port
    server.stop()
    with pytest.raises(httpx.ConnectError):
        api.get("/me")
    server.stop()
    server.start()
    assert server.port == port
    assert api.get("/me").status_code == 200
    with pytest.raises(RuntimeError):
        server.start()


def test_stopping_leaves_no_thread_and_no_waiting_request_behind(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with running_server(tmp_path / "s.db", submissions=1) as server:
        assert set(threading.enumerate()) > before
        server.faults.add(Fault("*", "latency", seconds=60))
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(server.url + "/v1/me", timeout=0.05, trust_env=False, verify=False)
    assert set(threading.enumerate()) == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1).close()


def test_a_beat_is_heard_again_and_again_until_the_server_stops() -> None:
    beats, again = [], threading.Event()

    def beat() -> None:
        beats.append(threading.get_ident())
        if len(beats) == 2:
            again.set()

    async def app(*_: object) -> None:
        raise AssertionError("nobody asks anything here")

    served = LoopbackServer(app, listen(0))
    served.on_beat = beat
    thread = threading.Thread(target=served.run_here)
    thread.start()
    try:
        assert again.wait(10)
    finally:
        served.stop()
        thread.join(10)
    assert not thread.is_alive()
    assert set(beats) == {thread.ident}


@pytest.mark.parametrize("host", ["0.0.0.0", "::1", "localhost", "", "192.0.2.1"])
def test_nothing_but_the_loopback_address_is_served(host: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 only"):
        listen(0, host)


def test_a_busy_port_is_one_sentence() -> None:
    with listen(0) as taken, pytest.raises(PortBusyError, match=r"Port \d+ .* --port\.$"):
        listen(taken.getsockname()[1])


def test_the_database_is_private(server: RunningServer) -> None:
    assert server.database.path.stat().st_mode & 0o777 == 0o600


def test_the_server_loads_neither_the_client_nor_a_screen_library() -> None:
    code = (
        "import sys, inbox_tui.demo.launch;"
        "bad = [name for name in sys.modules if name.split('.')[0] in ('textual', 'cache', 'httpx', 'themes')"
        " or name.startswith('inbox_tui.') and not name.startswith('inbox_tui.demo')];"
        "sys.exit(repr(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
