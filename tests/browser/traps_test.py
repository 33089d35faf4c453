"""The traps of the first ten minutes: each is answered by a page that says what to do."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from servers.proxy import Forwarder, FrontProxy, StrippingProxy
from servers.site import LABEL, SCRIPT, Site, events, sign_in
from servers.streamlit_app import StreamlitApp

WRONG_PLACE = "Nobody can sign in at this address."


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site(paths=("", "/", "/foo/", "/~/+/"))
    with made.provider:
        yield made


@pytest.fixture
def app(site: Site) -> Iterator[StreamlitApp]:
    with site.app() as started:
        yield started


def says(page: Page, *texts: str) -> None:
    """One box with these texts, no link, and nothing of the app's."""
    box = page.get_by_role("alert").filter(has_text=WRONG_PLACE)
    for text in texts:
        expect(box).to_contain_text(text)
    expect(page.get_by_role("link", name=LABEL)).to_have_count(0)
    expect(page.get_by_text("Only seen after")).to_have_count(0)
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_lan_name_over_http_is_refused_with_the_reason(page: Page, app: StreamlitApp) -> None:
    page.goto(f"http://app.lan:{app.port}/?a=1")
    says(
        page,
        f"opened at http://app.lan:{app.port}, over http",
        "only over https or on localhost",
        f"Open it at {app.url} on the machine it runs on",
        "set public_url and redirect_uri in [myoauth]",
    )
    assert not [one for one in page.context.cookies() if "st_oauth" in one["name"]]


def test_lan_name_of_an_app_with_an_address_of_its_own_leads_there(page: Page, site: Site) -> None:
    secrets = site.secrets().replace(f"http://localhost:{site.port}", "https://app.example.org/")
    script = "import st_oauth\nst_oauth('myoauth')\n"
    with StreamlitApp(script, secrets=secrets) as app:
        page.goto(f"http://app.lan:{app.port}/")
        says(page, "Open it at its own address.")
        link = page.get_by_role("link", name="Open https://app.example.org/")
        expect(link).to_have_attribute("href", "https://app.example.org/")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_other_port_than_configured_names_key_and_value(host: str, page: Page, site: Site) -> None:
    with StreamlitApp(
        "import st_oauth\nst_oauth('myoauth')\n", secrets=site.secrets(path="/")
    ) as app:
        page.goto(f"http://{host}:{app.port}/")
        says(
            page,
            f"opened at http://{host}:{app.port}, but its redirect_uri is",
            f"http://localhost:{site.port}/",
            f'redirect_uri = "http://{host}:{app.port}/" in [myoauth]',
            "register that address at the provider",
        )


def test_mapped_port_signs_in(page: Page, site: Site) -> None:
    """As in `docker run -p 9999:8501`: the address is what the browser uses."""
    with (
        StreamlitApp(
            "import streamlit as st, st_oauth\n"
            f"st.text(f\"identity: {{st_oauth('myoauth', {LABEL!r})}}\")\n",
            secrets=site.secrets(),
        ) as app,
        Forwarder(site.port, app.port),
    ):
        outside = f"http://localhost:{site.port}"
        page.goto(f"{outside}/?a=1")
        page.get_by_role("link", name=LABEL).click()
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("identity: ada")).to_be_visible()
        page.wait_for_url(f"{outside}/?a=1")


def test_base_path_works_where_the_redirect_uri_has_it(page: Page, site: Site) -> None:
    args = ["--server.baseUrlPath=foo"]
    with site.app(secrets=site.secrets(path="/foo/"), args=args) as app:
        page.goto(f"{app.url}/foo/?a=1")
        sign_in(page, app)
        expect(page.get_by_text("identity: ada")).to_be_visible()
        page.wait_for_url(f"{app.url}/foo/?a=1")


def test_base_path_that_the_redirect_uri_lacks_is_named(page: Page, site: Site) -> None:
    with site.app(args=["--server.baseUrlPath=foo"]) as app:
        page.goto(f"{app.url}/foo/")
        box = page.get_by_role("alert").filter(has_text="not configured correctly")
        expect(box).to_contain_text("redirect_uri")
        expect(box).to_contain_text(f'redirect_uri = "{app.url}/foo/"')
        expect(page.get_by_role("link", name=LABEL)).to_have_count(0)


def test_proxy_that_strips_a_prefix(page: Page, site: Site) -> None:
    more = f'public_url = "http://localhost:{site.port}/foo"'
    with (
        StreamlitApp(
            "import streamlit as st, st_oauth\n"
            f"st.text(f\"identity: {{st_oauth('myoauth', {LABEL!r})}}\")\n",
            secrets=site.secrets(more, path="/foo/"),
        ) as app,
        StrippingProxy(site.port, app.port, "/foo"),
    ):
        outside = f"http://localhost:{site.port}/foo/"
        page.goto(f"{outside}?a=1")
        page.get_by_role("link", name=LABEL).click()
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("identity: ada")).to_be_visible()
        page.wait_for_url(f"{outside}?a=1")


def test_community_cloud_leads_out_of_the_frame_and_back_to_the_app(page: Page, site: Site) -> None:
    """There the app is under /~/+/, in a frame of a page on the same origin."""
    outer = '<title>host</title><iframe src="/~/+/" width="900" height="600"></iframe>'
    with (
        StreamlitApp(
            "import streamlit as st, st_oauth\n"
            f"st.text(f\"identity: {{st_oauth('myoauth', {LABEL!r})}}\")\n",
            secrets=site.secrets(path="/~/+/"),
        ) as app,
        StrippingProxy(site.port, app.port, "/~/+", outer),
    ):
        page.goto(f"http://localhost:{site.port}/")
        link = page.frame_locator("iframe").get_by_role("link", name=LABEL)
        expect(link).to_have_attribute("target", "_top")
        link.click()
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("identity: ada")).to_be_visible()
        page.wait_for_url(f"http://localhost:{site.port}/~/+/")


@pytest.mark.parametrize(
    ("offset", "reason", "detail"),
    [(-3000, "claim_expired", '"exp" was'), (7200, "claim_not_yet", '"iat" is in')],
)
def test_wrong_clock_is_named_with_the_difference(
    offset: int, reason: str, detail: str, page: Page
) -> None:
    site = Site(clock_offset_sec=offset, ttl_sec=600)
    with site.provider, site.app() as app:
        page.goto(app.url)
        sign_in(page, app)
        box = page.get_by_role("alert").filter(has_text="You are not signed in.")
        expect(box).to_contain_text("clock is wrong")
        expect(box).to_contain_text(detail)
        expect(box).to_contain_text("compare the clocks")
        refused = events(app, "login_refused")[0]
        assert refused["reason"] == reason
        assert detail in refused["detail"]


def test_visitor_from_elsewhere_is_told_of_the_clock_without_numbers(page: Page) -> None:
    site = Site(clock_offset_sec=7200)
    with (
        site.provider,
        StreamlitApp(SCRIPT, secrets=site.secrets()) as app,
        FrontProxy(site.port, app.port),
    ):
        page.goto(f"http://localhost:{site.port}/")
        page.get_by_role("link", name=LABEL).click()
        page.get_by_label("Name").fill("ada")
        page.get_by_role("button", name="Sign in").click()
        box = page.get_by_role("alert").filter(has_text="You are not signed in.")
        expect(box).to_contain_text("A clock is wrong. Please try again in a minute.")
        assert "iat" not in box.inner_text()


def test_redirect_uri_in_use_is_in_the_log_once(page: Page, site: Site) -> None:
    head = "import logging\nlogging.basicConfig(level=logging.INFO, format='%(message)s')\n"
    with site.app(head + "import st_oauth\nst_oauth('myoauth', 'Sign in')\n") as app:
        for _ in range(2):
            page.goto(app.url)
            page.get_by_role("link", name="Sign in").wait_for()
        assert app.log.count(f"redirect_uri = {app.url}") == 1


def test_redirect_uri_that_the_provider_does_not_know_is_named_by_it(
    page: Page, site: Site
) -> None:
    with site.app(secrets=site.secrets(path="/not-registered")) as app:
        page.goto(app.url)
        page.get_by_role("link", name=LABEL).click()
        expect(page.get_by_text("redirect_uri")).not_to_have_count(0)
        assert page.url.startswith(site.provider.issuer)
