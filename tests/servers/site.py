"""An app and its provider, and what a visitor does there."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from playwright.sync_api import Page
from servers.oidc_provider import PLAIN_SECRET, OidcProvider, clients
from servers.process import free_port
from servers.streamlit_app import StreamlitApp

LABEL = "Click to login via OAuth"

SCRIPT = """
import streamlit as st
from st_oauth import st_oauth

st.markdown("## Always seen")
st.button("Before")
id = st_oauth('myoauth', 'Click to login via OAuth')
st.markdown("## Only seen after authentication")
st.text(f"identity: {id}")
st.text(f"query: { {name: st.query_params.get_all(name) for name in st.query_params} }")
st.session_state.runs = st.session_state.get("runs", 0) + 1
st.text(f"run {st.session_state.runs}")
st.button("Again")
st.button("Logout", on_click=st_oauth.logout)
"""


class Site:
    """One provider, and the apps that are registered with it.

    `paths`: of the redirect URIs, all on the port of the apps. The provider takes the rest.
    """

    def __init__(self, ttl_sec: int = 3600, paths: Sequence[str] = ("",), **more: Any) -> None:
        self.port = free_port()
        uris = [f"http://localhost:{self.port}{path}" for path in paths]
        self.provider = OidcProvider(clients(uris), ttl_sec=ttl_sec, **more)

    def secrets(
        self, more: str = "", block: str = "myoauth", client: str = "basic", path: str = ""
    ) -> str:
        return f"""
[{block}]
issuer = "{self.provider.issuer}"
client_id = "{client}"
client_secret = "{PLAIN_SECRET}"
redirect_uri = "http://localhost:{self.port}{path}"
scope = "openid profile"
{more}
"""

    def app(self, script: str = SCRIPT, secrets: str | None = None, **more: object) -> StreamlitApp:
        text = self.secrets() if secrets is None else secrets
        return StreamlitApp(script, secrets=text, port=self.port, **more)  # type: ignore[arg-type]

    def token_requests(self) -> int:
        return sum(path == "/token" for _, path in self.provider.requests())


def to_provider(page: Page, label: str = LABEL) -> None:
    page.get_by_role("link", name=label).click()
    page.get_by_role("button", name="Sign in").wait_for()


def sign_in(page: Page, app: StreamlitApp, label: str = LABEL, name: str = "ada") -> None:
    """From the link to the page below it; the provider may know the visitor already."""
    page.get_by_role("link", name=label).click()
    page.wait_for_url(
        lambda url: "/interaction/" in url or (url.startswith(app.url) and "code=" not in url)
    )
    if "/interaction/" in page.url:
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: url.startswith(app.url) and "code=" not in url)


def events(app: StreamlitApp, name: str) -> list[dict[str, str]]:
    """The audit events of this name in the log."""
    lines = [json.loads(line) for line in app.log.splitlines() if line.startswith('{"event"')]
    return [line for line in lines if line["event"] == name]


def wait_for(ready: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)
