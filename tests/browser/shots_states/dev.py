"""The pages of `st-oauth dev`, the provider for development."""

import urllib.parse

from playwright.sync_api import Page, expect
from servers.dev import DevProvider

servers = DevProvider


def authorize_url(provider: DevProvider, **more: str) -> str:
    query = {
        "client_id": "dev",
        "redirect_uri": "http://localhost:8501",
        "response_type": "code",
        "scope": "openid profile email",
        "state": "the-state",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
    }
    return f"{provider.issuer}/authorize?{urllib.parse.urlencode(query | more)}"


def state_home(page: Page, provider: DevProvider) -> None:
    page.goto(provider.issuer)
    expect(page.get_by_role("heading", name="Dev", exact=True)).to_be_visible()


def state_personas(page: Page, provider: DevProvider) -> None:
    page.goto(authorize_url(provider))
    expect(page.get_by_role("heading", name="Who do you want to be?")).to_be_visible()


def state_someone_else(page: Page, provider: DevProvider) -> None:
    state_personas(page, provider)
    page.get_by_text("Someone else").click()
    expect(page.get_by_label("Name")).to_be_visible()


def state_unknown_client(page: Page, provider: DevProvider) -> None:
    page.goto(authorize_url(provider, client_id="nobody"))
    expect(page.get_by_role("heading")).to_be_visible()
