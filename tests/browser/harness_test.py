"""What every browser test rests on: a Streamlit app in Chromium, and a provider whose form a visitor can complete."""

import urllib.parse
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from servers.oidc_provider import OidcProvider, clients
from servers.process import free_port
from servers.streamlit_app import StreamlitApp, running_apps

SCRIPT = """
import os
import streamlit as st
st.write("home is", os.environ["HOME"])
st.write("the word is", st.secrets["word"])
st.write(dict(st.query_params))
"""


@pytest.fixture(scope="module")
def app() -> Iterator[StreamlitApp]:
    with StreamlitApp(SCRIPT, secrets='word = "xyzzy"\n') as started:
        yield started


def test_an_app_shows_its_secrets_and_has_its_own_home(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    expect(page.get_by_text("the word is xyzzy")).to_be_visible()
    expect(page.get_by_text(f"home is {app.home}")).to_be_visible()
    assert app in running_apps()


def test_a_visitor_comes_back_from_the_provider_with_a_code(page: Page, app: StreamlitApp) -> None:
    with OidcProvider(clients([f"{app.url}/"])) as provider:
        query = {
            "client_id": "public",
            "redirect_uri": f"{app.url}/",
            "response_type": "code",
            "scope": "openid",
            "state": "s",
            "code_challenge": "a" * 43,
            "code_challenge_method": "S256",
        }
        page.goto(f"{provider.issuer}/auth?{urllib.parse.urlencode(query)}")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text(provider.issuer)).to_be_visible()
        assert "code=" in page.url
        assert ("GET", "/auth") in provider.requests()


def test_an_app_that_is_killed_comes_back_at_the_same_address(page: Page) -> None:
    port = free_port()
    with StreamlitApp("import streamlit as st\nst.write('first')", port=port) as first:
        page.goto(first.url)
        expect(page.get_by_text("first")).to_be_visible()
        first.kill()
        with StreamlitApp("import streamlit as st\nst.write('second')", port=port) as second:
            page.goto(second.url)
            expect(page.get_by_text("second")).to_be_visible()


def test_an_app_that_cannot_start_says_why() -> None:
    app = StreamlitApp("import streamlit", args=["--no.such.option=1"])
    with pytest.raises(RuntimeError, match="no.such.option"):
        app.start()
