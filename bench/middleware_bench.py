"""What the middleware adds to a request and to a message of a WebSocket: CPU of the process with it less that without
it, in front of an app that answers at once."""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from lib import sign_in, visitor
from lib.rows import row
from servers.dev import DevProvider

ROUNDS = 21
REQUESTS = 1000
MESSAGES = 5000
SOCKETS = 100
FRAME = b"\x0a\x2e" + bytes(range(46)) + b"\x4a\x80\x04" + b"a delta of Streamlit " * 25
"""As long as what a small element sends."""


async def requests(app: visitor.App, scope: dict[str, Any]) -> float:
    """Microseconds of CPU of one request; each has a scope of its own, as a server makes them."""

    async def receive() -> visitor.Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: visitor.Message) -> None:
        pass

    begun = time.process_time_ns()
    for _ in range(REQUESTS):
        await app({**scope, "headers": list(scope["headers"])}, receive, send)
    return (time.process_time_ns() - begun) / REQUESTS / 1000


class Talk:
    """A WebSocket app that reads and then writes so many messages, and measures both."""

    def __init__(self) -> None:
        self.read = self.written = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        begun = time.process_time_ns()
        for _ in range(MESSAGES):
            await receive()
        self.read = (time.process_time_ns() - begun) / MESSAGES / 1000
        begun = time.process_time_ns()
        for _ in range(MESSAGES):
            await send({"type": "websocket.send", "bytes": FRAME})
        self.written = (time.process_time_ns() - begun) / MESSAGES / 1000


async def messages(app: visitor.App, talk: Talk, scope: dict[str, Any]) -> tuple[float, float]:
    """Microseconds of CPU of a message read and of one written."""
    first = True

    async def receive() -> visitor.Message:
        nonlocal first
        if first:
            first = False
            return {"type": "websocket.connect"}
        return {"type": "websocket.receive", "bytes": FRAME}

    async def send(_: visitor.Message) -> None:
        pass

    await app({**scope, "headers": list(scope["headers"])}, receive, send)
    return talk.read, talk.written


async def page(issuer: str, target: str, **more: Any) -> float:
    """What it adds to a page of somebody who is signed in."""
    app = sign_in.protected(issuer, **more)
    jar, _ = await sign_in.sign_in(app)
    scope = visitor.scope_of(target, jar)
    added = [
        await requests(app, scope) - await requests(sign_in.answer_at_once, scope)
        for _ in range(ROUNDS + 1)
    ]
    return statistics.median(added[1:])


async def socket(issuer: str) -> tuple[float, float]:
    """What it adds to a message read and to one written."""
    plain, wrapped = Talk(), Talk()

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await (wrapped if scope["type"] == "websocket" else sign_in.answer_at_once)(scope, receive, send)  # fmt: skip

    app = sign_in.protected(issuer, inner)
    jar, _ = await sign_in.sign_in(app)
    scope = visitor.scope_of("/_stcore/stream", jar, "websocket")
    read, written = [], []
    for _ in range(ROUNDS + 1):
        with_it = await messages(app, wrapped, scope)
        without = await messages(plain, plain, scope)
        read.append(with_it[0] - without[0])
        written.append(with_it[1] - without[1])
    return statistics.median(read[1:]), statistics.median(written[1:])


async def opening(issuer: str) -> float:
    """What it costs to open and close a WebSocket of somebody who is signed in, its tab's own look at the
    session included."""

    async def nothing(_: visitor.Message) -> None:
        pass

    async def receive() -> visitor.Message:
        return {"type": "websocket.disconnect", "code": 1001}

    app = sign_in.protected(issuer)
    jar, _ = await sign_in.sign_in(app)
    scope = visitor.scope_of("/_stcore/stream", jar, "websocket")
    spent = []
    for _ in range(ROUNDS + 1):
        begun = time.process_time_ns()
        for _ in range(SOCKETS):
            await app({**scope, "headers": list(scope["headers"])}, receive, nothing)
            await asyncio.sleep(0)
        spent.append((time.process_time_ns() - begun) / SOCKETS / 1000)
    return statistics.median(spent[1:])


async def measured(issuer: str) -> list[dict[str, Any]]:
    open_page = await page(issuer, "/")
    guarded = await page(issuer, "/", require_login=True)
    front_end = await page(issuer, "/static/js/index.CbQtRkVd.js", require_login=True)
    read, written = await socket(issuer)
    opened = await opening(issuer)
    return [
        row("middleware, a page", open_page, "us", "added to a request with a session, no rules by path", 20),
        row("middleware, a guarded page", guarded, "us",
            "added to the same with require_login, the session looked up in LMDB", 20),
        row("middleware, a file of the front end", front_end, "us", "added; nobody is looked up for it", 20),
        row("middleware, a socket opened", opened, "us",
            "once a tab: the session looked up twice, st.user filled with the claims"),
        row("middleware, a message read", read, "us",
            "added to a message of a WebSocket, no rules by path", 1),
        row("middleware, a message written", written, "us", f"the same, {len(FRAME)} bytes", 1),
    ]  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as home, DevProvider() as provider:
        os.environ["XDG_STATE_HOME"] = home
        print(json.dumps(asyncio.run(measured(provider.issuer))))


if __name__ == "__main__":
    main()
