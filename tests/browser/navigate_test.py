"""user.login() and user.logout() from every place of a script, in a real browser: the way to the endpoint and what it
is given. What the endpoints do is tested with the real ones."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from servers.stand_in import SESSION
from servers.streamlit_app import FLOOR_APP, StreamlitApp

APP = """
import streamlit as st
from starlette.middleware import Middleware
from servers.stand_in import StandIn
app = st.App("page.py", middleware=[Middleware(StandIn, base=st.get_option("server.baseUrlPath") and "/foo" or "")])
"""

PAGE = """
import streamlit as st
from st_oauth import user

def offer(where):
    st.button(f"callback in {where}", on_click=go, key=f"c{where}")
    if st.button(f"call in {where}", key=f"p{where}"):
        go()

def go():
    user.logout() if user else user.login("google", login_hint="ada")

def home():
    st.title("Home")
    st.text("secret of " + user.name if user.logged_in() else "nobody")
    offer("page")
    with st.sidebar:
        offer("sidebar")
    with st.form("form"):
        st.form_submit_button("callback in form", on_click=go)
    with st.form("form2"):
        if st.form_submit_button("call in form"):
            go()
    with st.expander("More"):
        offer("expander")
    inside()
    if st.button("Open the dialog"):
        box()
    st.toast("a toast")
    st.text("last line of " + (user.name or "nobody"))

@st.fragment
def inside():
    offer("fragment")
    st.text("fragment of " + (user.name or "nobody"))

@st.dialog("Box")
def box():
    offer("dialog")
    st.text("dialog of " + (user.name or "nobody"))

def second():
    st.title("Second")
    st.text("secret of " + user.name if user.logged_in() else "nobody")
    offer("second")

st.navigation([st.Page(home), st.Page(second)]).run()
"""

PLACES = ["page", "sidebar", "form", "expander", "fragment", "dialog"]
HERE = "/?a=1&a=2&x=%E2%9C%93#top"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamlitApp]:
    with started(tmp_path_factory.mktemp("app")) as made:
        yield made


@contextmanager
def frame_page(url: str) -> Iterator[str]:
    """A web server on the same site with one page that holds the app in a frame; gives its URL."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{url}" width="900" height="700"></iframe>'.encode())

        def log_message(self, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def started(folder: Path, base_path: str = "", **more: Any) -> StreamlitApp:
    (folder / "page.py").write_text(PAGE, encoding="utf-8")
    tests = Path(__file__).resolve().parent.parent
    return StreamlitApp(
        APP, workdir=folder, env={"PYTHONPATH": str(tests)}, base_path=base_path, **more
    )


def sign_in(context: BrowserContext, app: StreamlitApp) -> None:
    context.add_cookies([{"name": SESSION, "value": "ada", "url": app.url}])


def use(page: Page, how: str, where: str) -> None:
    if where == "dialog":
        page.get_by_role("button", name="Open the dialog").click()
    if where == "expander":
        page.get_by_text("More").click()
    page.get_by_role("button", name=f"{how} in {where}").click()


@pytest.mark.parametrize("how", ["callback", "call"])
@pytest.mark.parametrize("where", PLACES)
def test_login_goes_there_with_the_whole_address(
    page: Page, app: StreamlitApp, how: str, where: str
) -> None:
    page.goto(app.url + HERE)
    expect(page.get_by_text("last line of nobody")).to_be_visible()
    use(page, how, where)
    expect(page.get_by_role("heading", name="Login page")).to_be_visible()
    query = page.locator("#query").inner_text()
    assert query.rpartition("&")[2].startswith("next=")
    assert unquote(parse_qs(query)["next"][0]) == unquote(HERE)
    assert '"provider": "google", "params": {"login_hint": "ada"}' in parse_qs(query)["t"][0]
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_text("secret of Ada")).to_be_visible()
    assert page.url == app.url + HERE


@pytest.mark.parametrize("how", ["callback", "call"])
@pytest.mark.parametrize("where", PLACES)
def test_logout_goes_there(
    page: Page, context: BrowserContext, app: StreamlitApp, how: str, where: str
) -> None:
    sign_in(context, app)
    page.goto(app.url)
    expect(page.get_by_text("last line of Ada")).to_be_visible()
    use(page, how, where)
    expect(page.get_by_role("heading", name="Signed out by GET")).to_be_visible()
    assert page.locator("#query").inner_text() == "t=ada-False"


def test_with_the_oldest_streamlit_both_go_there_from_every_place(
    page: Page, tmp_path: Path
) -> None:
    with started(tmp_path, python=FLOOR_APP) as app:
        for where in PLACES:
            for how in ("callback", "call"):
                page.goto(app.url + HERE)
                expect(page.get_by_text("last line of nobody")).to_be_visible()
                use(page, how, where)
                expect(page.get_by_role("heading", name="Login page")).to_be_visible()
                page.get_by_role("link", name="Back").click()
                expect(page.get_by_text("last line of Ada")).to_be_visible()
                use(page, how, where)
                expect(page.get_by_role("heading", name="Signed out by GET")).to_be_visible()


@pytest.mark.parametrize("how", ["callback", "call"])
def test_login_of_another_page_comes_back_to_that_page(
    page: Page, app: StreamlitApp, how: str
) -> None:
    page.goto(app.url)
    page.get_by_role("link", name="second").click()
    use(page, how, "second")
    expect(page.get_by_role("heading", name="Login page")).to_be_visible()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("heading", name="Second")).to_be_visible()
    expect(page.get_by_text("secret of Ada")).to_be_visible()


def test_below_a_base_path_both_go_to_its_endpoints(page: Page, tmp_path: Path) -> None:
    with started(tmp_path, "/foo") as app:
        page.goto(f"{app.url}/foo/second?q=1")
        use(page, "call", "second")
        expect(page.get_by_role("heading", name="Login page")).to_be_visible()
        assert page.url.startswith(f"{app.url}/foo/auth/login?t=")
        assert parse_qs(page.locator("#query").inner_text())["next"] == ["/foo/second?q=1"]
        page.get_by_role("link", name="Back").click()
        use(page, "callback", "second")
        expect(page.get_by_role("heading", name="Signed out by GET")).to_be_visible()


def test_whoever_presses_back_finds_the_page_again(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    use(page, "callback", "page")
    expect(page.get_by_role("heading", name="Login page")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="callback in page")).to_be_visible()


def test_no_place_makes_streamlit_complain(app: StreamlitApp) -> None:
    assert "Warning" not in app.log
    assert "Traceback" not in app.log


# In a frame


@pytest.fixture
def framed(app: StreamlitApp) -> Iterator[str]:
    with frame_page(app.url) as url:
        yield url


def test_login_in_a_frame_opens_a_tab_and_the_frame_follows(
    page: Page, context: BrowserContext, framed: str
) -> None:
    page.goto(framed)
    frame = page.frame_locator("iframe")
    with context.expect_page() as opened:
        frame.get_by_role("button", name="call in page").click()
    tab = opened.value
    expect(tab.get_by_role("heading", name="Login page")).to_be_visible()
    assert tab.evaluate("window.opener") is None
    expect(frame.get_by_text("secret of Ada")).to_be_visible()


def test_login_in_a_frame_offers_a_link_where_no_tab_may_open(
    page: Page, context: BrowserContext, framed: str
) -> None:
    page.add_init_script("window.open = () => null")
    page.goto(framed)
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="callback in page").click()
    with context.expect_page() as opened:
        frame.get_by_role("link", name="Open it again").click()
    expect(opened.value.get_by_role("heading", name="Login page")).to_be_visible()
    expect(frame.get_by_text("secret of Ada")).to_be_visible()


@pytest.mark.parametrize("how", ["callback", "call"])
def test_logout_in_a_frame_posts_and_reloads_it(
    page: Page, context: BrowserContext, app: StreamlitApp, framed: str, how: str
) -> None:
    sign_in(context, app)
    page.goto(framed)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("secret of Ada")).to_be_visible()
    posted: list[str] = []
    page.on("request", lambda request: posted.append(f"{request.method} {request.url}"))
    frame.get_by_role("button", name=f"{how} in page").click()
    expect(frame.get_by_text("nobody", exact=True)).to_be_visible()
    assert f"POST {app.url}/auth/logout?t=ada-False" in posted
    assert len(context.pages) == 1
