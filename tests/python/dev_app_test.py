"""`st-oauth dev APP.py`: the app that runs beside the provider, configured to sign in there."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from servers.dev import DevProvider, busy, run

FAKE_STREAMLIT = """
import http.server, json, os, subprocess, sys
out = os.environ["FAKE_OUT"]
port = int([a for a in sys.argv if a.startswith("--server.port=")][0].split("=")[1])
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(out + ".new", "w") as f:
    json.dump({"pid": os.getpid(), "child": child.pid, "argv": sys.argv[1:],
               "config": os.environ["ST_OAUTH_CONFIG"], "auth": os.environ["ST_OAUTH_AUTH"]}, f)
os.rename(out + ".new", out)
if "--fail" in sys.argv:
    sys.exit(3)
http.server.HTTPServer(("127.0.0.1", port), http.server.BaseHTTPRequestHandler).serve_forever()
"""


@pytest.fixture
def fake_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python that notes how it was called, and leaves a child of its own."""
    program = tmp_path / "streamlit_stand_in.py"
    program.write_text(FAKE_STREAMLIT)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {program} "$@"\n')
    python.chmod(0o755)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setenv("ST_OAUTH_PYTHON", str(python))
    monkeypatch.setenv("FAKE_OUT", str(tmp_path / "called.json"))
    (tmp_path / "app.py").write_text("")
    return tmp_path


def called(folder: Path) -> dict[str, Any]:
    deadline = time.monotonic() + 15
    while not (folder / "called.json").exists():
        assert time.monotonic() < deadline, "the app was not started"
        time.sleep(0.02)
    out: dict[str, Any] = json.loads((folder / "called.json").read_text())
    return out


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(*pids: int) -> bool:
    deadline = time.monotonic() + 10
    while any(runs(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(runs(pid) for pid in pids)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_app_runs_configured_and_ends_with_the_provider(
    fake_python: Path, sign: signal.Signals
) -> None:
    app = str(fake_python / "app.py")
    with DevProvider(app, "--app-port", "0", "--", "--theme.base", "dark") as provider:
        how = called(fake_python)
        address = provider.ready["app"]
        port = urllib.parse.urlsplit(address).port
        assert how["argv"] == [
            *("-m", "streamlit", "run", app, "--server.headless=true", f"--server.port={port}"),
            *("--theme.base", "dark"),
        ]
        assert json.loads(how["config"]) == {
            "issuer": provider.issuer,
            "client_id": "dev",
            "client_secret": "dev-secret",
            "redirect_uri": address,
            "scope": "openid profile email",
        }
        assert json.loads(how["auth"]) == {
            "redirect_uri": address + "/auth/callback",
            "session": "provider",
            "from_file": [
                "require_login",
                "public",
                "roles",
                "default_ttl",
                "idle_ttl",
                "expose_tokens",
            ],
            "dev": {
                "issuer": provider.issuer,
                "client_id": "dev",
                "client_secret": "dev-secret",
                "label": "Dev",
            },
            "team": {
                "issuer": provider.issuer + "/team",
                "client_id": "dev",
                "client_secret": "dev-secret",
                "label": "Dev (team)",
            },
        }
        deadline = time.monotonic() + 10
        while f"is ready at {address}" not in provider.output():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        provider.process.send_signal(sign)
        assert provider.process.wait(timeout=15) == 0
        assert gone(how["pid"], how["child"])


def test_an_app_that_fails_ends_the_provider(fake_python: Path) -> None:
    with DevProvider(str(fake_python / "app.py"), "--app-port", "0", "--", "--fail") as provider:
        assert provider.process.wait(timeout=15) == 1
        assert "the app has failed" in provider.output()
        how = called(fake_python)
        assert gone(how["pid"], how["child"])


def test_kill_of_the_provider_takes_the_app_along(fake_python: Path) -> None:
    with DevProvider(str(fake_python / "app.py"), "--app-port", "0") as provider:
        how = called(fake_python)
        provider.process.kill()
        provider.process.wait()
        assert gone(how["pid"])
        os.kill(how["child"], signal.SIGKILL)


def test_a_busy_default_app_port_is_left_for_a_free_one_and_said(fake_python: Path) -> None:
    with busy(8501), DevProvider(str(fake_python / "app.py")) as provider:
        address = provider.ready["app"]
        port = urllib.parse.urlsplit(address).port
        assert port != 8501
        assert f"port 8501 is busy, so the app takes {port}" in provider.output()
        assert json.loads(called(fake_python)["config"])["redirect_uri"] == address


def test_an_app_that_is_not_there_is_named(fake_python: Path) -> None:
    done = run("dev", "--port", "0", str(fake_python / "absent.py"))
    assert done.returncode == 2
    assert "there is no app" in done.stderr


def test_a_busy_app_port_that_was_asked_for_is_an_error(fake_python: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("dev", "--port", "0", "--app-port", port, str(fake_python / "app.py"))
    assert done.returncode == 1
    assert f"port {port} is busy" in done.stderr
