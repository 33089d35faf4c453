"""The gate of a plain script, in Chromium, against `st-oauth dev`."""

import json
import re

import pytest
from playwright.sync_api import Page, expect
from servers.dev import DevProvider
from servers.streamlit_app import StreamlitApp

SCRIPT = """
import streamlit as st
from st_oauth import st_oauth

st.markdown("## This (and above) is always seen")
id = st_oauth('myoauth', 'Click to login via OAuth')
st.markdown("## This (and below) is only seen after authentication")
st.text(f"identity: {id}")
"""


def secrets(provider: DevProvider, more: str = "") -> str:
    return f"""
[myoauth]
issuer = "{provider.issuer}"
client_id = "dev"
client_secret = "dev-secret"
redirect_uri = "http://localhost:{{port}}"
{more}
"""


def sign_in(page: Page, persona: str) -> None:
    page.get_by_role("link", name="Click to login via OAuth").click()
    page.get_by_role("button", name=re.compile(persona)).click()


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_signs_in_as_a_persona(alg: str, page: Page) -> None:
    with (
        DevProvider("--alg", alg) as provider,
        StreamlitApp(SCRIPT, secrets=secrets(provider, 'identity_field_in_token = "email"')) as app,
    ):
        page.goto(app.url)
        sign_in(page, "Ada Lovelace")
        expect(page.get_by_text("identity: ada@example.com")).to_be_visible()
        assert page.url == f"{app.url}/"
        assert provider.count("/token") == 1


def test_identity_keeps_its_letters(page: Page) -> None:
    with (
        DevProvider() as provider,
        StreamlitApp(SCRIPT, secrets=secrets(provider, 'identity_field_in_token = "name"')) as app,
    ):
        page.goto(app.url)
        sign_in(page, "Zoë")
        expect(page.get_by_text("identity: Zoë Ångström")).to_be_visible()


def test_cancel_is_a_sentence_with_a_way_on(page: Page) -> None:
    with (
        DevProvider() as provider,
        StreamlitApp(SCRIPT, secrets=secrets(provider)) as app,
    ):
        page.goto(app.url)
        page.get_by_role("link", name="Click to login via OAuth").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("You are not signed in.")).to_be_visible()
        page.wait_for_url(f"{app.url}/")
        sign_in(page, "Grace Hopper")
        expect(page.get_by_text("only seen after authentication")).to_be_visible()
        expect(page.get_by_text("You are not signed in.")).to_have_count(0)


@pytest.mark.parametrize("given", ["'myoauth'", "{'client_id': 'x', 'nonsense': 1}"])
def test_environment_takes_the_place_of_blocks_and_dicts(given: str, page: Page) -> None:
    with DevProvider() as provider:
        client = {"client_id": "dev", "client_secret": "dev-secret"}
        settings = json.dumps({"issuer": provider.issuer} | client)
        with StreamlitApp(
            SCRIPT.replace("'myoauth'", given), env={"ST_OAUTH_CONFIG": settings}
        ) as app:
            page.goto(app.url)
            sign_in(page, "Ada Lovelace")
            expect(page.get_by_text("only seen after authentication")).to_be_visible()
            assert app.log.count("ST_OAUTH_CONFIG is set") == 1
