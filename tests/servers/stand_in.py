"""A middleware that believes everybody: it carries visits as the real one does, and signs in whoever opens its
login page. For tests of what a script and the browser do; nothing here decides anything."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

from st_oauth import visits

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]

SESSION = "stand_in_session"


class Realm:
    """Its cookies are the names of who is signed in."""

    def identify(self, cookie: str) -> Any:
        claims = {"sub": cookie, "name": cookie.title(), "roles": ["reader"]}
        return SimpleNamespace(
            subject=cookie,
            provider="stand-in",
            claims=json.dumps(claims),
            id_token="",
            access_token="",
            expires_at=2e9,
        )

    def login_ticket(self, request: str) -> str:
        return request

    def logout_ticket(self, cookie: str, everywhere: bool) -> str:
        return f"{cookie}-{everywhere}"


class StandIn:
    """The middleware. `base`: the app's base path."""

    def __init__(self, app: Any, base: str = "") -> None:
        self.app = app
        self.base = base
        self.realm: Any = Realm()
        self.facts = {"base_path": base, "providers": [], "expose_tokens": [], "blocking": False}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        cookie = _cookie(scope)
        if scope["type"] == "http":
            if scope["path"].startswith(f"{self.base}/auth/"):
                await self._answer(scope, send, cookie)
            else:
                await self.app(scope, receive, send)
            return
        visit = visits.open_visit(self.realm, self.facts, cookie)
        carried = (b"cookie", f"{visits.COOKIE}={visit.handle}".encode())
        try:
            await self.app(scope | {"headers": [*scope["headers"], carried]}, receive, send)
        finally:
            visits.close_visit(visit)

    async def _answer(self, scope: Scope, send: Send, cookie: str) -> None:
        query = scope["query_string"].decode()
        name = scope["path"].rpartition("/")[2]
        if name == "user":
            await _send(send, json.dumps({"logged_in": bool(cookie)}), kind="application/json")
        elif name == "login":
            given = parse_qs(query)
            body = f"<h1>Login page</h1><pre id=query>{query}</pre><a href='{given['next'][0]}'>Back</a>"
            await _send(send, body, cookie=f"{SESSION}=ada; Path=/; HttpOnly; SameSite=Lax")
        elif name == "logout":
            body = f"<h1>Signed out by {scope['method']}</h1><pre id=query>{query}</pre>"
            await _send(send, body, cookie=f"{SESSION}=; Path=/; Max-Age=0")


def _cookie(scope: Scope) -> str:
    jar: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            jar.load(value.decode("latin-1"))
    return jar[SESSION].value if SESSION in jar else ""


async def _send(send: Send, body: str, cookie: str = "", kind: str = "text/html") -> None:
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
    if cookie:
        headers.append((b"set-cookie", cookie.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
