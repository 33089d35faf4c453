"""`make run` ends everything it started, however it ends, and steps aside where 8501 is busy.

The command it starts is replaced by one that does the worst: it starts a server in a session of its own and leaves it
behind.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.process import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = """#!{python}
import subprocess, sys, time
port = sys.argv[sys.argv.index("--app-port") + 1]
server = subprocess.Popen([sys.executable, "-c", {server!r}, port], start_new_session=True)
open({pids!r}, "w").write(str(server.pid))
time.sleep({life})
sys.exit(3)
"""
SERVER = """
import http.server, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
DRIVER = """
import sys
from pathlib import Path
sys.path.insert(0, {tools!r})
import run
run.ST_OAUTH = Path({command!r})
run.pick_port = lambda wanted, pick=run.pick_port: pick({port})
sys.argv = ["run.py", {app!r}]
sys.exit(run.main())
"""


class Run:
    """tools/run.py as a child, with a command of the test in place of `st-oauth`."""

    def __init__(self, folder: Path, port: int, life: int) -> None:
        self._pids = folder / "pid"
        command, app = folder / "st-oauth", folder / "app.py"
        app.write_text("")
        command.write_text(
            COMMAND.format(python=sys.executable, server=SERVER, pids=str(self._pids), life=life)
        )
        command.chmod(0o755)
        tools = str(ROOT / "tools")
        code = DRIVER.format(tools=tools, command=str(command), port=port, app=str(app))
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(self, text: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if text in line:
                return line
        raise AssertionError(f"it never said {text!r}")

    @property
    def orphan(self) -> int:
        return int(self._pids.read_text())

    def end(self) -> int:
        return self.process.wait(timeout=20)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for one in started:
        one.process.kill()
        one.process.wait()
        with contextlib.suppress(OSError, ValueError):
            os.kill(one.orphan, signal.SIGKILL)


def is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_a_signal_ends_everything(
    tmp_path: Path, runs: list[Run], number: signal.Signals, code: int
) -> None:
    port = free_port()
    run = Run(tmp_path, port, life=600)
    runs.append(run)
    assert f"http://localhost:{port}" in run.read_until("the app is at")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as response:
        assert response.status == 200
    run.process.send_signal(number)
    assert run.end() == code
    assert is_gone(run.orphan)


def test_a_start_that_fails_leaves_nothing(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, free_port(), life=1)
    runs.append(run)
    run.read_until("the app is at")
    assert run.end() == 3
    assert is_gone(run.orphan)


def test_a_busy_port_is_left_alone_and_named(tmp_path: Path, runs: list[Run]) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        run = Run(tmp_path, port, life=600)
        runs.append(run)
        assert f"port {port} is busy, taking " in run.read_until("is busy")
        assert f"http://localhost:{port}" not in run.read_until("the app is at")
        run.process.send_signal(signal.SIGTERM)
        assert run.end() == 128 + signal.SIGTERM


def test_a_script_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.py"
    command = [sys.executable, str(ROOT / "tools" / "run.py"), str(missing)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert str(missing) in done.stderr


def test_an_example_is_found_by_its_name() -> None:
    import run

    assert run.find_app("gate") == ROOT / "examples" / "gate" / "app.py"
    script = ROOT / "examples" / "native" / "app.py"
    assert run.find_app(str(script)) == script
    assert run.find_app(str(ROOT / "examples" / "native" / "page.py")) is None


def test_what_is_neither_a_script_nor_an_example_is_named() -> None:
    command = [sys.executable, str(ROOT / "tools" / "run.py"), "no_such_app"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "run: neither a script nor an example: no_such_app" in done.stderr
