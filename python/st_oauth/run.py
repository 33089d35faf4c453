"""`st-oauth run APP.py`: starts an app on a listener of our own, with the options of `streamlit run`.

It listens on this machine only, unless `--server.address` says otherwise. Small answers leave at
once: where TCP_NODELAY is missing, each answer on a connection that is kept waits some 40 ms for
the browser's acknowledgement. What a request says of its way here (X-Forwarded-*) is not believed.
"""

from __future__ import annotations

import errno
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click
import streamlit as st

from . import _streamlit

HOST = "localhost"
PORTS_TRIED = 100
GRACE_SEC = 5  # for requests that are still answered when the end comes
NO_IPV6 = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}

HELP = """Start a Streamlit app that carries st_oauth.

The app stands in the script as `app = st.App(__file__, **st_oauth.app())`, or in a file of its own.
Options are those of `streamlit run`. It listens on this machine only, unless --server.address says
otherwise. Arguments for the script stand behind `--`.
"""

FORM = """there is no app to start in {script}. Write it as

    import streamlit as st
    import st_oauth

    app = st.App(__file__, **st_oauth.app())

and the page below it; or put these lines into a file of their own, with the name of the script
in place of __file__, and start that one. `app = st.App(...)` stands alone on its line, so that it
is found; `app = st_oauth.protect(app)` may follow. A script without an app, such as one with the
gate st_oauth() alone, is started by `streamlit run {script}`.
"""


def fail(code: int, why: str) -> NoReturn:
    """End with one message."""
    print(f"st-oauth run: {why}", file=sys.stderr)
    sys.exit(code)


def find_script(target: str) -> Path:
    """The script that is meant: a file, or streamlit_app.py in a folder."""
    path = Path(target)
    if path.is_dir():
        path /= "streamlit_app.py"
    if path.suffix != ".py":
        fail(2, f"{target} is no Python file")
    if not path.is_file():
        fail(2, f"there is no {path}")
    return path.absolute()


def find_app(script: Path, target: str) -> str:
    """The app in a script, as "module:name"."""
    found = _streamlit.discover_app(script)
    if found is None:
        fail(2, FORM.format(script=target))
    return found


# ---- the listener


def listen(address: str, port: int) -> socket.socket:
    """A socket that listens there, whose connections send at once."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; others inherit it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        listener.bind((address, port))
        listener.listen(2048)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def listen_on_all(address: str, port: int) -> list[socket.socket]:
    """`localhost` is both kinds of loopback, where both are there; another address is one."""
    listeners = [listen("127.0.0.1" if address == HOST else address, port)]
    if address == HOST:
        try:
            listeners.append(listen("::1", listeners[0].getsockname()[1]))
        except OSError as error:
            if error.errno not in NO_IPV6:
                listeners[0].close()
                raise
    return listeners


def open_listeners() -> list[socket.socket]:
    """Listen as configured; on the next free port where none was asked for."""
    address, wanted = str(st.get_option("server.address")), int(st.get_option("server.port"))
    if address.startswith("unix:"):
        fail(2, "a Unix socket is not served; give --server.address an address")
    last = wanted if _streamlit.is_set("server.port") else min(wanted + PORTS_TRIED, 65535)
    for port in range(wanted, last + 1):
        try:
            return listen_on_all(address, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                fail(1, f"cannot listen at {address}, port {port}: {error.strerror or error}")
    fail(1, f"port {wanted} is busy" if last == wanted else f"ports {wanted} to {last} are busy")


# ---- the server


def end(number: int, frame: FrameType | None) -> NoReturn:
    """Asked to end, before the server takes signals or after it is done with them."""
    sys.exit(0)


def serve(app: str) -> int:
    """Serve until a signal comes; the code to exit with."""
    import uvicorn

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    settings = _streamlit.uvicorn_settings()
    listeners = open_listeners()
    try:
        address, port = listeners[0].getsockname()[:2]
        _streamlit.tell_address(port)
        config = uvicorn.Config(
            app,
            host=address,
            port=port,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SEC,
            **settings,
        )
        _streamlit.import_in_silence()
        server = uvicorn.Server(config)
        server.run(sockets=listeners)
    finally:
        for listener in listeners:
            listener.close()
    return 0 if server.started else 1


def run(target: str, args: tuple[str, ...], **options: Any) -> None:
    """What the command does."""
    script = find_script(target)
    app = find_app(script, target)
    _streamlit.prepare_run(script, args, options, {"server_address": HOST})
    sys.exit(serve(app))


def main() -> None:
    """The command line."""
    if not hasattr(st, "App"):
        fail(2, f"apps need Streamlit 1.61 or later, and this is {st.__version__}")
    command = click.Command("run", params=_streamlit.run_options(), callback=run, help=HELP)
    command.main(prog_name="st-oauth run", auto_envvar_prefix="STREAMLIT")


if __name__ == "__main__":
    main()
