"""`st-oauth run`: an app on a listener of our own, with the options of `streamlit run`."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from servers.dev import bin_dir, busy
from servers.process import free_port
from servers.streamlit_app import FLOOR, FLOOR_APP, ST_OAUTH_RUN, StreamlitApp

# The app says of itself how its connections are, and how a request looks to it.
ASK = """
import os, socket, sys
import streamlit as st
from starlette.responses import JSONResponse
from starlette.routing import Route

def sockets():
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink("/proc/self/fd/" + name).startswith("socket:"):
                with socket.socket(fileno=os.dup(int(name))) as one:
                    if one.family in (socket.AF_INET, socket.AF_INET6):
                        yield one
        except OSError:
            pass

def is_listener(one):
    return one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1

def ask(request):
    return JSONResponse({
        "no_delay": [one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
                     for one in sockets() if not is_listener(one)
                     and one.getpeername()[1] == request.client.port],
        "listeners": sorted(one.getsockname()[0] for one in sockets() if is_listener(one)),
        "client": request.client.host, "scheme": request.url.scheme,
        "argv": sys.argv, "streamlit": st.__version__,
        "base": st.get_option("server.baseUrlPath"), "port": st.get_option("server.port"),
    })
"""
APP = ASK + 'app = st.App(__file__, routes=[Route("/ask", ask)])\nst.write("page")\n'

both = pytest.mark.parametrize("python", [Path(sys.executable), FLOOR_APP], ids=["newest", "floor"])


def ask(port: int, path: str = "/ask", host: str = "127.0.0.1", **headers: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(host, port, timeout=20)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=names)
    out: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return out


class Run:
    """`st-oauth run` of a script, with nothing said that is not given."""

    def __init__(self, folder: Path, *args: str, python: Path = Path(sys.executable)) -> None:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("STREAMLIT_", "VIRTUAL_"))}
        env |= {"HOME": str(folder), "ST_OAUTH_PYTHON": str(python), "PYTHONUNBUFFERED": "1"}
        self._log = folder / "log"
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [str(bin_dir() / "st-oauth"), "run", *args, "--server.headless=true"]
                if "--" not in args
                else [str(bin_dir() / "st-oauth"), "run", "--server.headless=true", *args],
                env=env,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def ready(self, port: int, host: str = "127.0.0.1") -> None:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection(host, port, timeout=5)
                connection.request("GET", "/_stcore/health")
                if connection.getresponse().status in (200, 404):
                    return
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def ended(self) -> int:
        return self.process.wait(timeout=30)


@contextlib.contextmanager
def running(folder: Path, *args: str, python: Path = Path(sys.executable)) -> Iterator[Run]:
    run = Run(folder, *args, python=python)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


@pytest.fixture(scope="module", params=[Path(sys.executable), FLOOR_APP], ids=["newest", "floor"])
def app(request: pytest.FixtureRequest) -> Iterator[StreamlitApp]:
    with StreamlitApp(APP, python=request.param, command=ST_OAUTH_RUN) as started:
        yield started


# ---- the listener


def test_every_connection_sends_at_once(app: StreamlitApp) -> None:
    assert ask(app.port)["no_delay"] == [True]


def test_the_plain_command_leaves_answers_waiting() -> None:
    """Why there is a listener of our own: once this fails, Streamlit has its own remedy."""
    with StreamlitApp(APP) as plain:
        assert ask(plain.port)["no_delay"] == [False]


def test_forwarded_headers_are_not_believed(app: StreamlitApp) -> None:
    said = ask(app.port, X_Forwarded_For="203.0.113.7", X_Forwarded_Proto="https")
    assert (said["client"], said["scheme"]) == ("127.0.0.1", "http")


def test_neither_are_they_where_the_environment_trusts_everybody(tmp_path: Path) -> None:
    env = {"FORWARDED_ALLOW_IPS": "*"}
    with StreamlitApp(APP, env=env, command=ST_OAUTH_RUN) as app:
        said = ask(app.port, X_Forwarded_For="203.0.113.7", X_Forwarded_Proto="https")
        assert (said["client"], said["scheme"]) == ("127.0.0.1", "http")


@both
def test_cf_12_it_listens_on_this_machine_only(tmp_path: Path, python: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    port = free_port()
    with running(tmp_path, "app.py", f"--server.port={port}", python=python) as run:
        run.ready(port)
        listeners = ask(port)["listeners"]
        assert listeners in (["127.0.0.1", "::1"], ["127.0.0.1"])
        for host in listeners:
            assert ask(port, host=host)["no_delay"] == [True]
        assert f"URL: http://localhost:{port}" in run.log
        assert "ScriptRunContext" not in run.log
        assert "run it with" not in run.log


def test_the_address_can_be_given(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    port = free_port()
    with running(tmp_path, "app.py", f"--server.port={port}", "--server.address=0.0.0.0") as run:
        run.ready(port)
        assert ask(port)["listeners"] == ["0.0.0.0"]


def test_the_address_of_config_toml_counts(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text('[server]\naddress = "127.0.0.1"\n')
    port = free_port()
    with running(tmp_path, "app.py", f"--server.port={port}") as run:
        run.ready(port)
        assert ask(port)["listeners"] == ["127.0.0.1"]


def test_a_busy_port_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with running(tmp_path, "app.py", f"--server.port={port}") as run:
            assert run.ended() == 1
            assert f"st-oauth run: port {port} is busy" in run.log


def test_a_busy_default_port_is_left_for_the_next(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    with busy(8501), running(tmp_path, "app.py") as run:
        deadline = time.monotonic() + 60
        while "URL: http://localhost:" not in run.log:
            assert run.process.poll() is None, run.log
            assert time.monotonic() < deadline, run.log
            time.sleep(0.05)
        port = int(run.log.split("URL: http://localhost:")[1].split()[0])
        assert port > 8501
        run.ready(port)
        assert ask(port)["port"] == port


def test_an_address_of_another_machine_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    with running(tmp_path, "app.py", "--server.address=203.0.113.7") as run:
        assert run.ended() == 1
        assert "st-oauth run: cannot listen at 203.0.113.7, port" in run.log


def test_a_unix_socket_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    with running(tmp_path, "app.py", "--server.address=unix:///tmp/x") as run:
        assert run.ended() == 2
        assert "a Unix socket is not served" in run.log


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_cf_12_tls_is_1_2_or_later(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    args = (f"--server.sslCertFile={cert}", f"--server.sslKeyFile={key}")
    (tmp_path / "app.py").write_text(APP)
    port = free_port()
    with running(tmp_path, "app.py", f"--server.port={port}", *args) as run:
        deadline = time.monotonic() + 60
        while not _listens(port):
            assert run.process.poll() is None, run.log
            assert time.monotonic() < deadline, run.log
            time.sleep(0.05)
        assert _tls_version(port, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
        with pytest.raises(ssl.SSLError, match="alert protocol version|EOF"):
            _tls_version(port, ssl.TLSVersion.TLSv1_1)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


def _tls_version(port: int, newest: ssl.TLSVersion) -> str | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = min(newest, ssl.TLSVersion.TLSv1_2)
    context.maximum_version = newest
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain) as wrapped,
    ):
        return wrapped.version()


# ---- what is started


@both
def test_two_files_are_fine(tmp_path: Path, python: Path) -> None:
    (tmp_path / "page.py").write_text("import streamlit as st\nst.write('page')\n")
    (tmp_path / "main.py").write_text(
        ASK + 'app = st.App("page.py", routes=[Route("/ask", ask)])\n'
    )
    port = free_port()
    with running(tmp_path, "main.py", f"--server.port={port}", python=python) as run:
        run.ready(port)
        assert ask(port)["no_delay"] == [True]


def test_an_app_that_is_wrapped_on_the_next_line_is_fine(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        ASK + "class Wrap:\n    def __init__(self, app): self.app = app\n"
        "    async def __call__(self, scope, receive, send):\n"
        "        if scope['type'] == 'http': scope = dict(scope, path='/ask')\n"
        "        await self.app(scope, receive, send)\n"
        'app = st.App(__file__, routes=[Route("/ask", ask)])\napp = Wrap(app)\n'
    )
    port = free_port()
    with running(tmp_path, "app.py", f"--server.port={port}") as run:
        run.ready(port)
        assert ask(port, "/anything")["no_delay"] == [True]


def test_a_folder_stands_for_its_streamlit_app(tmp_path: Path) -> None:
    (tmp_path / "streamlit_app.py").write_text(APP)
    port = free_port()
    with running(tmp_path, ".", f"--server.port={port}") as run:
        run.ready(port)


def test_options_and_arguments_arrive(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    port = free_port()
    args = (f"--server.port={port}", "--server.baseUrlPath=foo", "app.py", "--", "--mine", "1")
    with running(tmp_path, *args) as run:
        run.ready(port)
        said = ask(port)
        assert said["base"] == "foo"
        assert said["argv"][1:] == ["--mine", "1"]


@pytest.mark.parametrize(
    "script",
    [
        "import streamlit as st\nst.write('page')\n",
        "import streamlit as st\ndef wrap(a): return a\napp = wrap(st.App(__file__))\n",
        "import streamlit as st\nst.App(__file__)\n",
        "this is no Python\n",
    ],
)
def test_a_script_without_an_app_is_told_the_form(tmp_path: Path, script: str) -> None:
    (tmp_path / "app.py").write_text(script)
    with running(tmp_path, "app.py") as run:
        assert run.ended() == 2
        assert "st-oauth run: there is no app to start in app.py." in run.log
        assert "app = st.App(__file__, **st_oauth.app())" in run.log
        assert "`streamlit run app.py`" in run.log
        assert "Traceback" not in run.log


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("absent.py", "st-oauth run: there is no absent.py"),
        ("app.txt", "st-oauth run: app.txt is no Python file"),
        (".", "st-oauth run: there is no streamlit_app.py"),
        ("https://example.com/app", "st-oauth run: https://example.com/app is no Python file"),
    ],
)
def test_a_script_that_is_not_there_is_named(tmp_path: Path, target: str, why: str) -> None:
    with running(tmp_path, target) as run:
        assert run.ended() == 2
        assert why in run.log


def test_a_slip_of_the_keys_is_named(tmp_path: Path) -> None:
    with running(tmp_path, "app.py", "--server.prot=1") as run:
        assert run.ended() == 2
        assert "--server.prot" in run.log


def test_a_streamlit_without_apps_is_told(tmp_path: Path) -> None:
    with running(tmp_path, "app.py", python=FLOOR) as run:
        assert run.ended() == 2
        assert "st-oauth run: apps need Streamlit 1.61 or later, and this is 1.52" in run.log


def test_an_app_that_cannot_be_imported_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP + "import no_such_module_at_all\n")
    with running(tmp_path, "app.py", f"--server.port={free_port()}") as run:
        assert run.ended() == 1
        assert "no_such_module_at_all" in run.log


def test_the_python_of_this_package_is_used_with_all_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("ST_OAUTH_PYTHON", str(python))
    command = [str(bin_dir() / "st-oauth"), "run", "my app.py", "--x=1", "--", "y"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["-m", "st_oauth.run", "my app.py", "--x=1", "--", "y"]


# ---- the end


@both
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path: Path, python: Path, number: signal.Signals) -> None:
    (tmp_path / "app.py").write_text(APP)
    port = free_port()
    with running(tmp_path, "app.py", f"--server.port={port}", python=python) as run:
        run.ready(port)
        with socket.create_connection(("127.0.0.1", port)):  # one that is kept and says nothing
            run.process.send_signal(number)
            assert run.ended() == 0
        assert "Traceback" not in run.log


def test_a_signal_before_it_serves_ends_it_cleanly(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import time\nprint('importing')\ntime.sleep(2)\n" + APP)
    with running(tmp_path, "app.py", f"--server.port={free_port()}") as run:
        deadline = time.monotonic() + 60
        while "importing" not in run.log:
            assert time.monotonic() < deadline, run.log
            time.sleep(0.02)
        run.process.send_signal(signal.SIGTERM)
        assert run.ended() == 0
