"""Native sign-in for an app: what goes into `st.App`, and the middleware itself.

app = st.App(__file__, **st_oauth.app())

The middleware carries bytes to the engine and back: every decision is made there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from concurrent.futures import Executor
from typing import Any, Final, final
from urllib.parse import quote

from . import _core, _streamlit, visits
from .site import Hook, Listener, Site, Tab

__all__ = ["SignIn", "app", "protect"]

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

_MAX_BODY: Final = 65_536
_MAX_WORK_S: Final = 90.0
"""A request to an endpoint of ours that takes longer is answered with 504."""

_made: dict[str, Any] = {}
"""What the last `app()` outside of a script's run gave: the one-file form calls it again at each rerun."""
_protected: list[SignIn] = []
"""The same of `protect()`."""


def app(
    *,
    middleware: Iterable[Any] = (),
    routes: Iterable[Any] = (),
    lifespan: Any = None,
    secrets: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    on_login: Hook | None = None,
    on_event: Listener | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The keywords for `st.App`, with sign-in in front of everything else.

    `config`: the settings of `[auth]`, in the place of those in secrets.toml. `secrets`, `middleware`,
    `routes`, `lifespan` and whatever else `st.App` takes are handed on; yours come after the sign-in.

    `on_login(login)` decides about each sign-in before there is a session: True or None lets it in, False
    does not, and neither does a text, which the visitor reads. It may be a coroutine. One that raises or
    takes longer than ten seconds denies.

    `on_event(event)` gets each audit event as a dict, on a worker thread.

    Never raises at import: with a wrong configuration, or none, the app starts closed and says what is
    missing, in the terminal and to whoever sits at this machine.
    """
    if _streamlit.in_script_run():
        # The one-file form: the script runs `app = st.App(__file__, **st_oauth.app())` again each time, and
        # nobody serves what that makes.
        return dict(_made)
    _streamlit.import_in_silence()
    site = Site(config=config, secrets=secrets, on_login=on_login, on_event=on_event)
    given: dict[str, Any] = {"middleware": [(SignIn, (site,), {}), *middleware], **more}
    if routes:
        given["routes"] = list(routes)
    if lifespan is not None:
        given["lifespan"] = lifespan
    merged = site.native_secrets()
    if merged:
        given["secrets"] = merged
    _made.clear()
    _made.update(given)
    return dict(given)


def protect(
    app: _App,
    *,
    config: Mapping[str, Any] | None = None,
    on_login: Hook | None = None,
    on_event: Listener | None = None,
) -> SignIn:
    """An app with sign-in in front: `app = st.App("main.py")`, and on the next line
    `app = st_oauth.protect(app)`. Any ASGI app will do. See `app()` for the arguments."""
    if _streamlit.in_script_run() and _protected:
        return _protected[-1]
    _streamlit.import_in_silence()
    site = Site(config=config, secrets=None, on_login=on_login, on_event=on_event)
    made = SignIn(app, site)
    _protected[:] = [made]
    return made


@final
class SignIn:
    """The middleware. Pure ASGI; the outermost of the app, so that nothing runs before it."""

    def __init__(self, app: _App, site: Site | None = None) -> None:
        """`site`: what `app()` made; without one the configuration is `[auth]` in secrets.toml."""
        self._app = app
        self._site = site or Site()

    def __getattr__(self, name: str) -> Any:
        """What is asked of the app is the app's to answer."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._app, name)

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            if scope["type"] == "lifespan":
                await self._site.started()
            await self._app(scope, receive, send)

    async def _http(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        realm = await self._site.realm_at(_port(scope))
        path = _raw_path(scope)
        body = b""
        if scope["method"] == "POST" and realm.is_ours(path):
            body = await _body(receive)
        visit = realm.handle(
            _core.HTTP,
            scope["method"],
            path,
            scope.get("query_string", b""),
            _headers(scope),
            _is_loopback(scope),
            body,
        )
        if visit.state != _core.DONE:
            # Who waits for a provider must not keep others from being looked up.
            pool = self._site.workers if realm.is_ours(path) else self._site.readers
            if not await self._finish(visit, pool):
                await _late(send)
                return
        self._site.tell(visit)
        if visit.verdict == _core.RESPOND:
            await _respond(visit, send)
            return
        inner = {**scope, "headers": realm.strip(_headers(scope))}
        if b"/_stcore/agent/" not in path:
            await self._app(inner, receive, send)
            return
        # An agent's session sees no cookies: the handle stands in a header.
        mine = visits.open_visit(realm, self._site.facts, visit.cookie, visit.session_id)
        mine.tell = self._site.tell_one
        inner["headers"].append((visits.HEADER.lower().encode(), mine.handle.encode()))
        try:
            await self._app(inner, receive, send)
        finally:
            visits.close_visit(mine)

    async def _finish(self, visit: _core.Visit, pool: Executor) -> bool:
        """Step an operation to its end, on a worker; False when that took too long."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _MAX_WORK_S
        while (state := visit.state) != _core.DONE:
            left = deadline - loop.time()
            if left <= 0:
                return False
            if state == _core.ASK:
                visit.reply(await self._site.ask(visit.question()))
            try:
                step = loop.run_in_executor(pool, visit.step)
                await asyncio.wait_for(step, left)
            except TimeoutError:
                return False
        return True

    async def _socket(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        realm = await self._site.realm_at(_port(scope))
        visit = realm.handle(
            _core.SOCKET,
            "",
            _raw_path(scope),
            scope.get("query_string", b""),
            _headers(scope),
            _is_loopback(scope),
            b"",
        )
        if visit.state != _core.DONE and not await self._finish(visit, self._site.readers):
            await _refuse_socket(scope, receive, send, 504)
            return
        self._site.tell(visit)
        if visit.verdict == _core.RESPOND:
            await _refuse_socket(scope, receive, send, visit.status)
            return
        if visit.verdict == _core.LEAVE:
            await _send_away(receive, send, visit.location)
            return
        await self._carry(scope, receive, send, visit)

    async def _carry(
        self, scope: _Scope, receive: _Receive, send: _Send, visit: _core.Visit
    ) -> None:
        """A socket of somebody, or of a stranger who may have it."""
        site = self._site
        mine = visits.open_visit(site.realm, site.facts, visit.cookie, visit.session_id)
        mine.tell = site.tell_one
        tab = Tab(site, mine, send)
        try:
            opening = await site.opening(mine, _origin(scope))
            tab.set_cookies = opening.set_cookies
            inner = {
                **scope,
                "headers": _with_cookies(
                    site.realm.strip(_headers(scope)),
                    [(visits.COOKIE, mine.handle), *opening.native_cookies],
                ),
            }
            site.open_tab(tab)
            await self._app(inner, tab.receiving(receive), tab.send)
        finally:
            site.close_tab(tab)
            visits.close_visit(mine)


# What ASGI has and the engine wants


def _headers(scope: _Scope) -> list[tuple[bytes, bytes]]:
    headers: Any = scope["headers"]
    return headers if isinstance(headers, list) else list(headers)


def _raw_path(scope: _Scope) -> bytes:
    """The path as it came, with its percent-encoding."""
    raw = scope.get("raw_path")
    if isinstance(raw, bytes):
        return raw
    return quote(scope["path"], safe="/:@!$&'()*+,;=-._~%").encode()


def _port(scope: _Scope) -> int:
    """The port this server listens on: of the socket itself, which no client can forge."""
    server = scope.get("server")
    port = server[1] if server else None
    return port if isinstance(port, int) else 0


def _is_loopback(scope: _Scope) -> bool:
    client = scope.get("client")
    host = str(client[0]) if client else ""
    return host.startswith(("127.", "::ffff:127.")) or host == "::1"


def _origin(scope: _Scope) -> str:
    for name, value in scope["headers"]:
        if name.lower() == b"origin":
            return bytes(value).decode("latin-1")
    return ""


def _with_cookies(
    headers: list[tuple[bytes, bytes]], cookies: Iterable[tuple[str, str]]
) -> list[tuple[bytes, bytes]]:
    """The headers with these cookies behind the visitor's own."""
    own = [value for name, value in headers if name.lower() == b"cookie"]
    ours = [f"{name}={value}".encode("latin-1") for name, value in cookies]
    rest = [pair for pair in headers if pair[0].lower() != b"cookie"]
    return [*rest, (b"cookie", b"; ".join([*own, *ours]))]


async def _body(receive: _Receive) -> bytes:
    """What was posted; one that is too long comes cut, but longer than the engine takes."""
    body = b""
    while len(body) <= _MAX_BODY:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    return body[: _MAX_BODY + 1]


async def _respond(visit: _core.Visit, send: _Send) -> None:
    await send(
        {"type": "http.response.start", "status": visit.status, "headers": visit.headers},
    )
    await send({"type": "http.response.body", "body": visit.body})


async def _late(send: _Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 504, "headers": headers})
    text = "The sign-in took too long. Please go back and try again."
    await send({"type": "http.response.body", "body": text.encode()})


async def _refuse_socket(scope: _Scope, receive: _Receive, send: _Send, status: int) -> None:
    """Nobody knows who it is: the browser tries again by itself."""
    await receive()
    if "websocket.http.response" in (scope.get("extensions") or {}):
        await send({"type": "websocket.http.response.start", "status": status, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})
        return
    await send({"type": "websocket.close", "code": 1013})


async def _send_away(receive: _Receive, send: _Send, location: str) -> None:
    """Accept, move the browser, close: a socket that is refused shows the visitor nothing at all."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "streamlit"})
    await send({"type": "websocket.send", "bytes": _streamlit.redirect_frame(location)})
    await send({"type": "websocket.close", "code": 4401})
