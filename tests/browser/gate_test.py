"""The gate of a plain script, in Chromium, against npm oidc-provider."""

import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from canary import find, read_register
from playwright.sync_api import Browser, BrowserContext, Page, expect
from servers.canaries import REGISTER
from servers.oidc_provider import PLAIN_SECRET
from servers.process import free_port
from servers.proxy import FrontProxy
from servers.site import LABEL, SCRIPT, Site, events, sign_in, to_provider, wait_for
from servers.streamlit_app import FLOOR, StreamlitApp


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()
    with made.provider:
        yield made


@pytest.fixture
def app(site: Site) -> Iterator[StreamlitApp]:
    with site.app() as started:
        yield started


def callback_of(page: Page, site: Site) -> str:
    """Sign in at the provider without going back to the app: returns the callback URL."""
    href = page.get_by_role("link", name=LABEL).get_attribute("href")
    assert href is not None
    return site.provider.login(href)


def cookie_of(context: BrowserContext, app: StreamlitApp) -> Any:
    """The cookie of the gate, None where there is none."""
    cookies = context.cookies(app.url)
    return next((one for one in cookies if one["name"].startswith("__Host-st_oauth-")), None)


def wait_for_cookie(context: BrowserContext, app: StreamlitApp) -> None:
    wait_for(lambda: cookie_of(context, app) is not None)


# The way in, on the oldest Streamlit too where it says so

both = pytest.mark.parametrize("python", [Path(sys.executable), FLOOR], ids=["newest", "floor"])


@both
def test_sign_in_and_sign_out(python: Path, page: Page, site: Site) -> None:
    with site.app(python=python) as app:
        page.goto(f"{app.url}/?a=1&a=2&x=%e2%9c%93+%26&empty=")
        sign_in(page, app)
        expect(page.get_by_text("identity: ada")).to_be_visible()
        seen = "query: {'a': ['1', '2'], 'x': ['✓ &'], 'empty': ['']}"
        expect(page.get_by_text(seen)).to_be_visible()
        assert page.url == f"{app.url}/?a=1&a=2&x=%e2%9c%93+%26&empty="
        page.get_by_role("button", name="Again").click()
        expect(page.get_by_text("run 2")).to_be_visible()
        expect(page.get_by_text(seen)).to_be_visible()
        page.get_by_role("button", name="Logout").click()
        page.get_by_role("link", name=LABEL).wait_for()


def test_signs_in_with_the_script_of_the_readme(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    expect(page.get_by_text("Always seen")).to_be_visible()
    sign_in(page, app)
    expect(page.get_by_text("identity: ada")).to_be_visible()
    expect(page.get_by_role("link", name=LABEL)).to_have_count(0)


def test_shows_nothing_below_the_gate_before(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    page.get_by_role("link", name=LABEL).wait_for()
    expect(page.get_by_text("Only seen after authentication")).to_have_count(0)


def test_works_by_keyboard_with_a_visible_focus(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    link = page.get_by_role("link", name=LABEL)
    link.wait_for()
    page.get_by_role("button", name="Before").focus()
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    assert link.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign in").wait_for()


def test_reruns_ask_the_provider_nothing(page: Page, app: StreamlitApp, site: Site) -> None:
    page.goto(app.url)
    sign_in(page, app)
    expect(page.get_by_text("run 1")).to_be_visible()
    site.provider.forget_requests()
    for run in range(2, 7):
        page.get_by_role("button", name="Again").click()
        expect(page.get_by_text(f"run {run}")).to_be_visible()
    assert site.provider.requests() == []


def test_reruns_before_the_login_keep_the_link_and_ask_nothing(
    page: Page, app: StreamlitApp, site: Site
) -> None:
    page.goto(app.url)
    link = page.get_by_role("link", name=LABEL)
    link.wait_for()
    before = link.get_attribute("href")
    page.evaluate("document.querySelector('.st-oauth-link').dataset.same = 'yes'")
    site.provider.forget_requests()
    for _ in range(3):
        page.get_by_role("button", name="Before").click()
        page.wait_for_timeout(300)
    assert link.get_attribute("href") == before
    assert link.get_attribute("data-same") == "yes"
    assert site.provider.requests() == []


def test_query_comes_back_with_unicode_and_repeats(page: Page, app: StreamlitApp) -> None:
    page.goto(f"{app.url}/?a=1&a=2&x=%E2%9C%93+%26&empty=")
    sign_in(page, app)
    seen = "query: {'a': ['1', '2'], 'x': ['✓ &'], 'empty': ['']}"
    expect(page.get_by_text(seen)).to_be_visible()
    assert page.url == f"{app.url}/?a=1&a=2&x=%E2%9C%93+%26&empty="


def test_code_and_state_leave_the_address(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    sign_in(page, app)
    expect(page.get_by_text("query: {}")).to_be_visible()
    assert page.url == f"{app.url}/"
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text("run 2")).to_be_visible()
    expect(page.get_by_text("query: {}")).to_be_visible()
    assert page.url == f"{app.url}/"


def test_back_does_not_trap(page: Page, app: StreamlitApp) -> None:
    page.goto("about:blank")
    page.goto(app.url)
    sign_in(page, app)
    expect(page.get_by_text("run 1")).to_be_visible()
    seen = []
    for _ in range(4):
        if page.url == "about:blank":
            break
        page.go_back(wait_until="commit")
        page.wait_for_timeout(300)
        seen.append(page.url)
    assert seen[-1] == "about:blank"
    assert not any(url.startswith(app.url) and "code=" in url for url in seen)


def test_reload_asks_again_with_one_click(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    sign_in(page, app)
    expect(page.get_by_text("identity: ada")).to_be_visible()
    page.reload()
    page.get_by_role("link", name=LABEL).click()
    expect(page.get_by_text("identity: ada")).to_be_visible()


def test_two_tabs_opened_before_the_login_both_finish(
    context: BrowserContext, app: StreamlitApp
) -> None:
    tabs = [context.new_page(), context.new_page()]
    for tab in tabs:
        tab.goto(app.url)
        tab.get_by_role("link", name=LABEL).wait_for()
    to_provider(tabs[0])
    to_provider(tabs[1])
    for tab in tabs:
        tab.get_by_role("button", name="Sign in").click()
        expect(tab.get_by_text("identity: ada")).to_be_visible()


def test_eight_later_links_do_not_shut_out_the_first(
    page: Page, context: BrowserContext, app: StreamlitApp
) -> None:
    """Other tabs have pushed this link's random out of the cookie: the click puts it back."""
    page.goto(app.url)
    page.get_by_role("link", name=LABEL).wait_for()
    wait_for_cookie(context, app)
    own = cookie_of(context, app)["value"]
    others = [f"{number:022d}" for number in range(8)]
    name = cookie_of(context, app)["name"]
    page.evaluate(f"document.cookie = '{name}={'.'.join(others)}; Path=/; SameSite=Lax; Secure'")
    sign_in(page, app)
    expect(page.get_by_text("identity: ada")).to_be_visible()
    assert cookie_of(context, app)["value"].split(".") == [*others[1:], own]


def test_a_visitor_on_another_loopback_name_is_moved(page: Page, app: StreamlitApp) -> None:
    page.goto(f"http://127.0.0.1:{app.port}/?a=1")
    page.wait_for_url(f"{app.url}/?a=1")
    sign_in(page, app)
    expect(page.get_by_text("identity: ada")).to_be_visible()


def test_cookie_is_secure_and_of_this_host_only(context: BrowserContext, app: StreamlitApp) -> None:
    page = context.new_page()
    page.goto(app.url)
    page.get_by_role("link", name=LABEL).wait_for()
    wait_for_cookie(context, app)
    cookie = cookie_of(context, app)
    assert (cookie["secure"], cookie["path"], cookie["sameSite"]) == (True, "/", "Lax")
    assert time.time() + 80_000 < cookie["expires"] < time.time() + 90_000


def test_browser_without_secure_cookies_on_loopback_signs_in(page: Page, app: StreamlitApp) -> None:
    page.add_init_script(
        """
        const found = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
        Object.defineProperty(document, 'cookie', {
          get() { return found.get.call(document); },
          set(text) { if (!/; Secure/i.test(text)) found.set.call(document, text); },
        });
        """
    )
    page.goto(app.url)
    sign_in(page, app)
    expect(page.get_by_text("identity: ada")).to_be_visible()


# What must not be a way in


def test_callback_in_another_browser_signs_nobody_in(
    page: Page, browser: Browser, app: StreamlitApp, site: Site
) -> None:
    page.goto(app.url)
    callback = callback_of(page, site)
    site.provider.forget_requests()
    other = browser.new_context()
    try:
        stranger = other.new_page()
        stranger.goto(callback)
        expect(stranger.get_by_text("You are not signed in.")).to_be_visible()
        stranger.get_by_role("link", name=LABEL).wait_for()
        stranger.wait_for_url(f"{app.url}/")
        expect(stranger.get_by_text("Only seen after")).to_have_count(0)
        assert site.token_requests() == 0
        refused = events(app, "login_refused")
        assert len(refused) == 1
        assert not any(part in app.log for part in re.findall(r"(?:code|state)=([^&]+)", callback))
    finally:
        other.close()
    page.goto(callback)
    expect(page.get_by_text("identity: ada")).to_be_visible()


def test_callback_seen_twice_is_a_clean_page_with_a_link(
    page: Page, app: StreamlitApp, site: Site
) -> None:
    page.goto(app.url)
    callback = callback_of(page, site)
    page.goto(callback)
    expect(page.get_by_text("identity: ada")).to_be_visible()
    site.provider.forget_requests()
    page.goto(callback)
    page.get_by_role("link", name=LABEL).wait_for()
    page.wait_for_url(f"{app.url}/")
    expect(page.get_by_text("You are not signed in.")).to_have_count(0)
    expect(page.get_by_text("Only seen after")).to_have_count(0)
    assert site.token_requests() == 0
    sign_in(page, app)
    expect(page.get_by_text("identity: ada")).to_be_visible()


def test_a_made_up_callback_signs_nobody_in(page: Page, app: StreamlitApp) -> None:
    page.goto(f"{app.url}/?code=made-up&state=made-up&keep=1")
    expect(page.get_by_text("You are not signed in.")).to_be_visible()
    page.get_by_role("link", name=LABEL).focus()
    page.wait_for_url(f"{app.url}/?keep=1")
    page.wait_for_timeout(1000)
    expect(page.get_by_role("link", name=LABEL)).to_be_focused()
    sign_in(page, app)
    expect(page.get_by_text("identity: ada")).to_be_visible()
    expect(page.get_by_text("query: {'keep': ['1']}")).to_be_visible()


def test_refusal_at_the_provider_is_a_sentence_with_a_way_on(page: Page, app: StreamlitApp) -> None:
    page.goto(f"{app.url}/?a=1")
    page.get_by_role("link", name=LABEL).click()
    page.get_by_role("button", name="Refuse").click()
    box = page.get_by_role("alert").filter(has_text="You are not signed in.")
    expect(box).to_be_visible()
    expect(box).to_contain_text("Reference:")
    page.wait_for_url(f"{app.url}/?a=1")
    expect(page.get_by_text("Traceback")).to_have_count(0)
    assert events(app, "login_refused")[0]["reference"] in box.inner_text()
    sign_in(page, app)
    expect(page.get_by_text("identity: ada")).to_be_visible()
    expect(page.get_by_text("You are not signed in.")).to_have_count(0)


def test_provider_that_is_away_is_a_sentence_with_a_way_on(page: Page) -> None:
    site = Site()
    with site.app() as app:
        page.goto(app.url)
        expect(page.get_by_text("You are not signed in.")).to_be_visible()
        expect(page.get_by_text("Traceback")).to_have_count(0)
        with site.provider:
            page.get_by_role("link", name="Try again").click()
            sign_in(page, app)
            expect(page.get_by_text("identity: ada")).to_be_visible()


# Across processes


def test_login_survives_kill_9_between_click_and_return(
    page: Page, site: Site, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    first = site.app(home=home)
    with first:
        page.goto(f"{first.url}/?a=%E2%9C%93")
        to_provider(page)
        first.kill()
    with site.app(home=home) as second:
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("identity: ada")).to_be_visible()
        expect(page.get_by_text("query: {'a': ['✓']}")).to_be_visible()
        assert page.url == f"{second.url}/?a=%E2%9C%93"


# The end of a login


def test_logout_brings_the_link_back(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    sign_in(page, app)
    page.get_by_role("button", name="Logout").click()
    page.get_by_role("link", name=LABEL).wait_for()
    expect(page.get_by_text("Only seen after")).to_have_count(0)
    expect(page.get_by_text("callback is a no-op")).to_have_count(0)


@pytest.mark.parametrize(
    "button",
    [
        "st.button('Leave', on_click=st_oauth.logout)",
        "if st.button('Leave'):\n        st_oauth.logout()\n        st.text('went on')",
    ],
)
def test_logout_in_a_fragment_clears_the_page_around_it(
    button: str, page: Page, site: Site
) -> None:
    script = SCRIPT + f"@st.fragment\ndef part():\n    {button}\npart()\n"
    with site.app(script) as app:
        page.goto(app.url)
        sign_in(page, app)
        page.get_by_role("button", name="Leave").click()
        page.get_by_role("link", name=LABEL).wait_for()
        expect(page.get_by_text("Only seen after")).to_have_count(0)
        expect(page.get_by_text("went on")).to_have_count(0)


@both
def test_idle_tab_and_fragment_show_nothing_2_s_after_the_expiry(python: Path, page: Page) -> None:
    site = Site(ttl_sec=6)
    script = SCRIPT + (
        "import time\n"
        "@st.fragment(run_every=0.3)\n"
        "def clock():\n"
        "    st.text(f'secret at {time.time():.1f}')\n"
        "clock()\n"
    )
    with site.provider, site.app(script, site.secrets("leeway = 0"), python=python) as app:
        page.goto(app.url)
        sign_in(page, app)
        expect(page.get_by_text("secret at")).to_be_visible()
        signed_in = time.time()
        page.get_by_role("link", name=LABEL).wait_for(timeout=8_000 + 2_000)
        assert time.time() - signed_in < 6 + 2
        expect(page.get_by_text("Only seen after")).to_have_count(0, timeout=1000)
        expect(page.get_by_text("secret at")).to_have_count(0, timeout=1000)
        page.wait_for_timeout(1500)
        expect(page.get_by_text("secret at")).to_have_count(0, timeout=10)
        sign_in(page, app)
        expect(page.get_by_text("secret at")).to_be_visible()


def test_what_happened_is_one_json_line_each_without_a_secret(
    page: Page, context: BrowserContext, site: Site
) -> None:
    head = "import logging\nlogging.basicConfig(level=logging.INFO, format='%(message)s')\n"
    with site.app(head + SCRIPT) as app:
        page.goto(app.url)
        wait_for_cookie(context, app)
        callback = callback_of(page, site)
        page.goto(callback)
        expect(page.get_by_text("identity: ada")).to_be_visible()
        page.get_by_role("button", name="Logout").click()
        page.get_by_role("link", name=LABEL).wait_for()
        page.goto(callback)
        page.get_by_role("link", name=LABEL).wait_for()
        wait_for(lambda: bool(events(app, "login_refused")))
        names = ("login_succeeded", "logged_out", "login_refused")
        found = [events(app, name) for name in names]
        assert [len(one) for one in found] == [1, 1, 1]
        assert len({one[0]["gate"] for one in found}) == 1
        assert found[2][0]["reason"] == "state_used"
        secrets = re.findall(r"(?:code|state)=([^&]+)", callback)
        secrets += [PLAIN_SECRET, cookie_of(context, app)["value"]]
        assert not any(secret in app.log for secret in secrets)


# Gates in all places

TWO = """
import streamlit as st
from st_oauth import st_oauth

which = st.query_params.get("gate", "one")
id = st_oauth(which, f"Login {which}")
st.text(f"{which}: {id}")
if st.button("One"):
    st.query_params["gate"] = "one"
    st.rerun()
if st.button("Two"):
    st.query_params["gate"] = "two"
    st.rerun()
"""


def two_secrets(site: Site) -> str:
    return site.secrets(block="one") + site.secrets(
        'identity_field_in_token = "name"', block="two", client="post"
    ).replace("[two]", '[two]\ntoken_endpoint_auth_method = "client_secret_post"')


def test_two_gates_do_not_mix(page: Page, site: Site) -> None:
    with site.app(TWO, two_secrets(site)) as app:
        page.goto(f"{app.url}/?gate=one")
        sign_in(page, app, "Login one")
        expect(page.get_by_text("one: ada")).to_be_visible()
        page.get_by_role("button", name="Two").click()
        page.get_by_role("link", name="Login two").wait_for()
        expect(page.get_by_text("two:")).to_have_count(0)


def test_return_to_the_other_gate_is_finished_for_it(page: Page, site: Site) -> None:
    with site.app(TWO, two_secrets(site)) as app:
        page.goto(f"{app.url}/?gate=two")
        sign_in(page, app, "Login two")
        expect(page.get_by_text("two: Ada Example")).to_be_visible()
        assert page.url == f"{app.url}/?gate=two"


PLACES = {
    "sidebar": "with st.sidebar:\n    show(st_oauth('myoauth', LABEL))\n",
    "form": (
        "with st.form('f'):\n    show(st_oauth('myoauth', LABEL))\n    st.form_submit_button()\n"
    ),
    "fragment": "@st.fragment\ndef part():\n    show(st_oauth('myoauth', LABEL))\npart()\n",
    "columns": "with st.columns(2)[1]:\n    show(st_oauth('myoauth', LABEL))\n",
    "asyncio": (
        "import asyncio\nasync def main():\n    return st_oauth('myoauth', LABEL)\n"
        "show(asyncio.run(main()))\n"
    ),
    "module": "import st_oauth as module\nshow(module('myoauth', LABEL))\n",
    "dict": "show(st_oauth(st.secrets['myoauth'].to_dict(), LABEL))\n",
}
HEAD = f"""
import streamlit as st
from st_oauth import st_oauth
LABEL = {LABEL!r}
def show(id):
    st.text(f"identity: {{id}}")
"""


@pytest.mark.parametrize("place", PLACES)
@both
def test_works_in(place: str, python: Path, page: Page, site: Site) -> None:
    with site.app(HEAD + PLACES[place] + "st.text('the end')\n", python=python) as app:
        page.goto(app.url)
        page.get_by_role("link", name=LABEL).wait_for()
        expect(page.get_by_text("the end")).to_have_count(0)
        sign_in(page, app)
        expect(page.get_by_text("identity: ada")).to_be_visible()
        expect(page.get_by_text("the end")).to_be_visible()


@pytest.mark.parametrize("kind", ["pages", "navigation"])
def test_return_goes_to_the_page_the_link_was_on(
    kind: str, page: Page, site: Site, tmp_path: Path
) -> None:
    gate = HEAD + "st.text('the {}')\nshow(st_oauth('myoauth', LABEL))\n"
    gate += "st.text(f\"a: {st.query_params.get_all('a')}\")\n"
    folder = tmp_path / "pages" if kind == "pages" else tmp_path
    folder.mkdir(exist_ok=True)
    (folder / "second.py").write_text(gate.replace("the {}", "the second"), encoding="utf-8")
    (tmp_path / "first.py").write_text(gate.replace("the {}", "the first"), encoding="utf-8")
    main = gate.replace("the {}", "the first")
    if kind == "navigation":
        main = "import streamlit as st\nst.navigation(['first.py', 'second.py']).run()\n"
    with site.app(main, workdir=tmp_path) as app:
        page.goto(f"{app.url}/second?a=1&a=2")
        expect(page.get_by_text("the second")).to_be_visible()
        sign_in(page, app)
        expect(page.get_by_text("the second")).to_be_visible()
        expect(page.get_by_text("identity: ada")).to_be_visible()
        expect(page.get_by_text("a: ['1', '2']")).to_be_visible()
        page.wait_for_url(f"{app.url}/second?a=1&a=2")
        seen = []
        for _ in range(6):
            page.go_back(wait_until="commit")
            page.wait_for_timeout(300)
            seen.append(page.url)
            if page.url == "about:blank":
                break
        assert seen[-1] == "about:blank"
        assert not any(url.startswith(app.url) and "code=" in url for url in seen)


OPENED = {
    "callback": (
        "def wanted():\n    st.session_state.id = st_oauth('myoauth', LABEL)\n"
        "st.button('Open', on_click=wanted)\n"
        "if 'id' in st.session_state:\n    show(st.session_state.id)\n"
    ),
    "dialog": (
        "@st.dialog('Sign in')\ndef ask():\n    show(st_oauth('myoauth', LABEL))\n"
        "if st.button('Open'):\n    ask()\n"
    ),
}


@pytest.mark.parametrize("place", OPENED)
def test_works_behind_a_click_in(place: str, page: Page, site: Site) -> None:
    """The return is a new session: the visitor comes to the same place by the same click."""
    with site.app(HEAD + OPENED[place]) as app:
        page.goto(app.url)
        page.get_by_role("button", name="Open").click()
        page.get_by_role("link", name=LABEL).click()
        page.wait_for_url(lambda url: "/interaction/" in url or url.startswith(app.url + "/?code"))
        if "/interaction/" in page.url:
            page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Open").click()
        page.wait_for_url(f"{app.url}/")
        if place == "callback" or not page.get_by_text("identity: ada").is_visible():
            page.get_by_role("button", name="Open").click()
        expect(page.get_by_text("identity: ada")).to_be_visible()


@contextmanager
def page_around(url: str) -> Iterator[int]:
    """A web server with one page that holds the app in a frame; gives its port."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{url}" width="700" height="500"></iframe>'.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def test_link_in_a_frame_leads_out_of_it(page: Page, app: StreamlitApp) -> None:
    with page_around(f"{app.url}/?embed=true") as port:
        page.goto(f"http://localhost:{port}/")
        link = page.frame_locator("iframe").get_by_role("link", name=LABEL)
        expect(link).to_have_attribute("target", "_top")
        link.click()
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("identity: ada")).to_be_visible()


def test_link_in_a_frame_of_another_site_leads_to_the_app_first(
    page: Page, app: StreamlitApp
) -> None:
    """Such a frame can set no cookie, without which nobody could be signed in on the return."""
    with page_around(app.url) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        page.frame_locator("iframe").get_by_role("link", name=LABEL).click()
        page.wait_for_url(f"{app.url}/")
        sign_in(page, app)
        expect(page.get_by_text("identity: ada")).to_be_visible()


# A wrong configuration


def test_unknown_key_is_a_readable_box_and_its_mend_needs_no_restart(
    page: Page, site: Site
) -> None:
    with site.app(secrets=site.secrets("client_idd = 'x'")) as app:
        page.goto(app.url)
        box = page.get_by_role("alert").filter(has_text="not configured correctly")
        expect(box).to_contain_text("client_idd")
        expect(box).to_contain_text("secrets.toml")
        expect(box).to_contain_text("client_id")
        expect(page.get_by_text("Traceback")).to_have_count(0)
        expect(page.get_by_text("Only seen after")).to_have_count(0)
        secrets = app.workdir / ".streamlit" / "secrets.toml"
        secrets.write_text(site.secrets(), encoding="utf-8")
        wait_for(lambda: mended(page))
        sign_in(page, app)
        expect(page.get_by_text("identity: ada")).to_be_visible()


def mended(page: Page) -> bool:
    page.get_by_role("button", name="Before").click()
    page.wait_for_timeout(500)
    return page.get_by_role("link", name=LABEL).is_visible()


def test_details_of_a_wrong_configuration_are_for_the_operator(page: Page, site: Site) -> None:
    args = ["--client.showErrorDetails=none"]
    port = free_port()
    with (
        site.app(secrets=site.secrets("client_idd = 'x'"), args=args) as app,
        FrontProxy(port, app.port),
    ):
        page.goto(f"http://localhost:{port}/")
        box = page.get_by_role("alert").filter(has_text="not available at the moment")
        expect(box).to_be_visible()
        assert "client_idd" not in page.inner_text("body")
        found = re.search(r"Reference: (\w+)", box.inner_text())
        assert found is not None
        assert f"(reference {found.group(1)})" in app.log
        assert "client_idd" in app.log


# What others may learn


def test_cb_13_no_other_host_learns_the_code_from_the_referer(page: Page, site: Site) -> None:
    """Not even where the script embeds things of others above the gate."""
    referers: list[str] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            referers.append(self.headers.get("Referer", ""))
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml")
            self.end_headers()
            self.wfile.write(b'<svg xmlns="http://www.w3.org/2000/svg"/>')

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as stranger:
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        picture = f"http://127.0.0.1:{stranger.server_port}"
        embed = (
            "import time\nimport streamlit as st\n"
            f'st.html(f\'<img alt="" src="{picture}/{{time.time_ns()}}">\')\n'
        )
        with site.app(embed + SCRIPT) as app:
            page.goto(app.url)
            sign_in(page, app)
            page.get_by_text("identity: ada").wait_for()
        stranger.shutdown()
    assert len(referers) >= 2
    for referer in referers:
        assert "code=" not in referer
        assert "state=" not in referer


def test_lg_01_a_sign_in_logs_no_secret_at_the_finest_level(page: Page, site: Site) -> None:
    codes: list[str] = []
    page.on("request", lambda request: codes.extend(re.findall(r"[?&]code=([^&]+)", request.url)))
    with site.app(args=["--logger.level=debug"]) as app:
        page.goto(app.url)
        sign_in(page, app)
        page.get_by_text("identity: ada").wait_for()
        log = app.log
    canaries = read_register(REGISTER)
    assert codes
    assert all(code in canaries for code in codes)
    assert PLAIN_SECRET in canaries
    assert len(log.splitlines()) > 5  # at the usual level there are fewer
    assert list(find(log, canaries)) == []
