"""Apps with native sign-in: their `[auth]`, and what a visitor does there."""

import json
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import Any

from playwright.sync_api import Error, Page, expect
from servers.dev import DevProvider
from servers.process import free_port
from servers.site import wait_for
from servers.streamlit_app import StreamlitApp

TELLS = "on_event=lambda event: print(json.dumps(event), flush=True)"
"""An argument of `st_oauth.app()`: the log has every event; the script has imported json."""

ADA, GRACE, KATHERINE = "Ada Lovelace", "Grace Hopper", "Katherine Johnson"


def one(provider: DevProvider, port: int, base: str = "", more: str = "") -> str:
    """`[auth]` with one provider, in the block itself."""
    return f"""
[auth]
redirect_uri = "http://localhost:{port}{base}/auth/callback"
issuer = "{provider.issuer}"
client_id = "dev"
client_secret = "dev-secret"
{more}
"""


def two(provider: DevProvider, port: int, base: str = "", more: str = "") -> str:
    """`[auth]` with the two providers of `st-oauth dev`."""
    return f"""
[auth]
redirect_uri = "http://localhost:{port}{base}/auth/callback"
{more}

[auth.dev]
label = "Dev"
issuer = "{provider.issuer}"
client_id = "dev"
client_secret = "dev-secret"

[auth.team]
label = "Dev (team)"
issuer = "{provider.issuer}/team"
client_id = "dev"
client_secret = "dev-secret"
"""


def native_app(
    script: Any, secrets: Callable[[int], str] | None, port: int = 0, **more: Any
) -> StreamlitApp:
    """An app on a port that its settings know."""
    port = port or free_port()
    return StreamlitApp(script, secrets=secrets(port) if secrets else None, port=port, **more)


def events(app: StreamlitApp, name: str) -> list[dict[str, Any]]:
    """The events of this name that the app has told."""
    lines = [json.loads(line) for line in app.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == name]


def reconfigure(app: StreamlitApp, secrets: str) -> None:
    """Write another secrets.toml, and wait until it is in force. The app tells its events."""
    before = len(events(app, "configuration_read"))
    app.write_secrets(secrets)
    wait_for(lambda: len(events(app, "configuration_read")) > before)


def restart(app: StreamlitApp) -> None:
    """kill -9, and the same command again."""
    app.kill()
    app.start()


def be(page: Page, persona: str = ADA) -> None:
    """At `st-oauth dev`: whom to be."""
    page.get_by_role("button", name=persona).click()


def by_address(page: Page, app: StreamlitApp, path: str = "/", persona: str = ADA) -> None:
    """Sign in without a button, where one provider goes straight there; back at a page of the app."""
    page.goto(f"{app.url}/auth/login?next={path}")
    be(page, persona)
    page.wait_for_url(f"{app.url}{path}")


def who(page: Page, app: StreamlitApp, base: str = "") -> dict[str, Any]:
    """What /auth/user says to this browser."""
    answer = page.context.request.get(f"{app.url}{base}/auth/user")
    said: dict[str, Any] = answer.json()
    return said


def expect_signed_out_page(page: Page, title: str) -> None:
    """An open tab arrives there by itself."""
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def goto_when_up(page: Page, url: str) -> None:
    """A page of a server that was started a moment ago."""
    for _ in range(3):
        with suppress(Error):
            page.goto(url)
            return
    page.goto(url)


def ask(
    app: StreamlitApp, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """A request as no browser makes it: status, headers and body."""
    connection = HTTPConnection("127.0.0.1", app.port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, headers={"Host": f"localhost:{app.port}"} | named)
        got = connection.getresponse()
        return got.status, {k.lower(): v for k, v in got.getheaders()}, got.read()
    except HTTPException as error:
        raise AssertionError(f"{method} {path}: {error}") from error
    finally:
        connection.close()
