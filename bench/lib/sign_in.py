"""Whole sign-ins through an ASGI app in this process."""

import time
from collections.abc import Sequence
from typing import Any

import st_oauth

from lib import visitor

LOGIN = ("/auth/login?next=%2F", "/auth/login?provider=default&next=%2F")
"""The page that keeps the fragment of the address, and where it goes on to at once."""


def settings(issuer: str, **more: Any) -> dict[str, Any]:
    """`[auth]` for `st-oauth dev`."""
    return {
        "issuer": issuer,
        "client_id": "dev",
        "client_secret": "dev-secret",
        "redirect_uri": f"{visitor.ORIGIN}/auth/callback",
        **more,
    }


async def answer_at_once(_: visitor.Message, receive: Any, send: Any) -> None:
    """The app behind the middleware: as little as an app can be."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def protected(issuer: str, inner: visitor.App = answer_at_once, **more: Any) -> Any:
    """The middleware in front of an app."""
    return st_oauth.protect(inner, config=settings(issuer, **more))


async def sign_in(
    app: visitor.App, login: Sequence[str] = LOGIN, wanted: str = "st_oauth_session"
) -> tuple[visitor.Jar, float]:
    """The visitor's cookies, and the microseconds of CPU that this process spent between the click and the
    way back into the app. `wanted`: a part of the cookie's name that must be there then."""
    jar = visitor.Jar()
    begun = time.process_time_ns()
    for target in login:
        status, to_provider = await visitor.get(app, target, jar)
    spent = time.process_time_ns() - begun
    if not to_provider:
        raise SystemExit(f"{login} gave {status}")
    back = visitor.target_of(visitor.choose_persona(to_provider))
    begun = time.process_time_ns()
    status, _ = await visitor.get(app, back, jar)
    spent += time.process_time_ns() - begun
    if not jar.of(wanted):
        raise SystemExit(f"the sign-in ended with {status} and no session")
    return jar, spent / 1000
