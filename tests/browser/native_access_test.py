"""Who gets what of an app with rules: in Chromium, by requests that no browser makes, and over a hostile WebSocket."""

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from playwright.sync_api import BrowserContext, Page, Route, expect
from servers.dev import DevProvider
from servers.native import (
    ADA,
    GRACE,
    TELLS,
    ask,
    be,
    by_address,
    native_app,
    one,
    reconfigure,
    restart,
    who,
)
from servers.streamlit_app import FLOOR_APP, StreamlitApp
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

COOKIE_SECRET = "a native cookie secret that somebody has got hold of"
CLOSED = f'cookie_secret = "{COOKIE_SECRET}"\nrequire_login = true'
ABOUT_ONLY = f'cookie_secret = "{COOKIE_SECRET}"\npublic = ["/about"]'
RULES = (
    f'cookie_secret = "{COOKIE_SECRET}"\npublic = ["/", "/about"]\nroles = {{"/admin" = "admin"}}'
)

APP = f"""
import json
from pathlib import Path
import numpy
import streamlit as st
import st_oauth

if __name__ != "__main__":
    app = st.App(__file__, **st_oauth.app({TELLS}))
else:
    from st_oauth import user

    def ran(what):
        folder = Path(__file__).parent / "ran"
        folder.mkdir(exist_ok=True)
        (folder / what).touch()

    def tell():
        st.text(f"it is {{user.name}}" if user.logged_in() else "it is nobody")
        st.text("native " + json.dumps(st.user.to_dict()))
        st.text("cookies " + json.dumps(st.context.cookies.to_dict()))
        st.text("headers " + json.dumps(st.context.headers.to_dict()))

    def start():
        ran("start")
        st.title("Start")
        tell()
        st.button("Again")
        if st.button("Switch to members"):
            st.switch_page(members_page)

    def about():
        ran("about")
        st.title("About")
        tell()

    def members():
        ran("members")
        st.title("Members")
        st.image(numpy.full((9, 9, 3), 200, dtype="uint8"))
        st.file_uploader("Upload")
        tell()

    def admin():
        ran("admin")
        st.title("Admins")
        tell()

    ran("script")
    members_page = st.Page(members)
    st.navigation([st.Page(start, default=True), st.Page(about), members_page, st.Page(admin)]).run()
"""


@pytest.fixture(scope="module")
def dev() -> Iterator[DevProvider]:
    with DevProvider() as provider:
        yield provider


@pytest.fixture(scope="module", params=[sys.executable, FLOOR_APP], ids=["newest", "floor"])
def app(
    request: pytest.FixtureRequest, dev: DevProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StreamlitApp]:
    folder = tmp_path_factory.mktemp("access")
    (folder / "static").mkdir()
    (folder / "static" / "paper.txt").write_text("for members", encoding="utf-8")
    with native_app(
        APP,
        lambda port: one(dev, port, more=CLOSED),
        workdir=folder,
        python=request.param,
        args=["--server.enableStaticServing=true"],
    ) as started:
        yield started


_rules_of: dict[int, str] = {}


def with_rules(app: StreamlitApp, dev: DevProvider, rules: str) -> StreamlitApp:
    """The app with these rules in force, and nothing that has run."""
    if _rules_of.get(app.port, CLOSED) != rules:
        reconfigure(app, one(dev, app.port, more=rules))
        _rules_of[app.port] = rules
    shutil.rmtree(app.workdir / "ran", ignore_errors=True)
    return app


@pytest.fixture
def closed(app: StreamlitApp, dev: DevProvider) -> StreamlitApp:
    return with_rules(app, dev, CLOSED)


@pytest.fixture
def rules(app: StreamlitApp, dev: DevProvider) -> StreamlitApp:
    return with_rules(app, dev, RULES)


def ran(app: StreamlitApp) -> set[str]:
    """What has run of the script."""
    folder = app.workdir / "ran"
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


# Everything needs a sign-in


def test_a_page_load_leads_to_the_login_before_any_script_runs(
    page: Page, closed: StreamlitApp
) -> None:
    page.goto(f"{closed.url}/members?a=1&a=2&x=%E2%9C%93#top")
    expect(page.get_by_role("heading", name="Who do you want to be?")).to_be_visible()
    assert ran(closed) == set()
    be(page)
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    assert page.url == f"{closed.url}/members?a=1&a=2&x=%E2%9C%93#top"
    assert ran(closed) == {"script", "members"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/media/0123456789abcdef.png"),
        ("PUT", "/_stcore/upload_file/session/file"),
        ("DELETE", "/_stcore/upload_file/session/file"),
        ("GET", "/component/st_oauth.thing/index.html"),
        ("GET", "/_stcore/bidi-components/thing/index.js"),
        ("GET", "/app/static/paper.txt"),
        ("GET", "/app/static/%70aper.txt"),
        ("GET", "//app/static/paper.txt"),
        ("GET", "/_stcore/metrics"),
        ("GET", "/_stcore/script-health-check"),
        ("GET", "/_stcore/agent/openapi.json"),
        ("POST", "/_stcore/agent/interact"),
        ("POST", "/_stcore/agent/mcp"),
        ("GET", "/members"),
        ("POST", "/"),
    ],
)
def test_everything_else_is_401_for_a_stranger(
    closed: StreamlitApp, method: str, path: str
) -> None:
    status, headers, body = ask(closed, path, method)
    assert status == 401
    assert "location" not in headers
    assert json.loads(body)["error"] == "login_required"
    assert ran(closed) == set()


def test_what_the_front_end_needs_stays_open(closed: StreamlitApp) -> None:
    assert ask(closed, "/_stcore/health")[0] == 200
    assert ask(closed, "/_stcore/host-config")[0] == 200
    assert ask(closed, "/static/nothing-of-that-name.js", Accept_Encoding="gzip")[0] != 401
    assert ask(closed, "/members/_stcore/health")[0] == 404


def test_media_of_the_app_are_for_who_is_signed_in(page: Page, closed: StreamlitApp) -> None:
    by_address(page, closed, "/members")
    picture = page.get_by_test_id("stImage").locator("img")
    expect(picture).to_be_visible()
    url = str(picture.get_attribute("src"))
    path = url.removeprefix(closed.url)
    assert path.startswith("/media/")
    # Streamlit 1.61 fails at every file with a Starlette of today; it is asked all the same.
    assert page.context.request.get(f"{closed.url}{path}").status in (200, 500)
    assert ask(closed, path)[0] == 401


def test_uploads_and_static_files_work_for_who_is_signed_in(
    page: Page, closed: StreamlitApp
) -> None:
    by_address(page, closed, "/members")
    page.locator('input[type="file"]').set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"notes"}
    )
    expect(page.get_by_text("notes.txt")).to_be_visible()
    page.goto(f"{closed.url}/app/static/paper.txt")
    expect(page.get_by_text("for members")).to_be_visible()


def test_a_stranger_without_a_session_gets_a_sentence_as_json(closed: StreamlitApp) -> None:
    status, headers, body = ask(closed, "/auth/user")
    assert (status, json.loads(body)) == (200, {"logged_in": False})
    assert "no-store" in headers["cache-control"]


# Some pages are public, one needs a role


def test_a_public_page_is_open_and_a_click_to_another_asks_first(
    page: Page, rules: StreamlitApp
) -> None:
    """All pages share one socket: the click loads nothing."""
    page.goto(rules.url)
    expect(page.get_by_role("heading", name="Start")).to_be_visible()
    page.get_by_role("link", name="about").click()
    expect(page.get_by_role("heading", name="About")).to_be_visible()
    page.get_by_role("link", name="members").click()
    expect(page.get_by_role("heading", name="Who do you want to be?")).to_be_visible()
    assert "members" not in ran(rules)
    be(page, GRACE)
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    expect(page.get_by_text(f"it is {GRACE}")).to_be_visible()
    assert page.url == f"{rules.url}/members"


def test_switch_page_to_another_shows_nothing_of_it_and_asks_first(
    page: Page, rules: StreamlitApp
) -> None:
    """The script goes there by itself, before anybody else hears of it."""
    seen: list[bytes] = []
    page.on("websocket", lambda one: one.on("framereceived", lambda data: seen.append(data)))
    page.goto(rules.url)
    page.get_by_role("button", name="Switch to members").click()
    expect(page.get_by_role("heading", name="Who do you want to be?")).to_be_visible()
    shown = b"".join(each for each in seen if isinstance(each, bytes))
    assert b"Start" in shown
    assert b"Members" not in shown
    be(page)
    expect(page.get_by_role("heading", name="Members")).to_be_visible()


def test_a_role_decides_by_address_and_by_click(page: Page, rules: StreamlitApp) -> None:
    by_address(page, rules, "/members", GRACE)
    page.get_by_role("link", name="admin").click()
    expect(page.get_by_role("heading", name="No access")).to_be_visible()
    answer = page.goto(f"{rules.url}/admin")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("alert")).to_contain_text("default:grace")
    assert "admin" not in ran(rules)
    page.get_by_role("link", name="Go to the start page").click()
    expect(page.get_by_text(f"it is {GRACE}")).to_be_visible()
    by_address(page, rules, "/members", ADA)
    page.get_by_role("link", name="admin").click()
    expect(page.get_by_role("heading", name="Admins")).to_be_visible()
    assert "admin" in ran(rules)


def test_whoever_may_not_see_a_page_can_be_somebody_else(page: Page, rules: StreamlitApp) -> None:
    by_address(page, rules, "/members", GRACE)
    page.goto(f"{rules.url}/admin")
    page.get_by_role("link", name="Switch account").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    page.get_by_role("link", name="Sign in again").click()
    be(page, ADA)
    expect(page.get_by_text(f"it is {ADA}")).to_be_visible()


def test_sign_out_elsewhere_takes_a_tab_on_a_protected_page_away(
    page: Page, context: BrowserContext, rules: StreamlitApp
) -> None:
    by_address(page, rules, "/members")
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    tab = context.new_page()
    tab.goto(f"{rules.url}/auth/logout")
    tab.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Who do you want to be?")).to_be_visible()


def test_a_slow_way_to_the_page_that_says_why_leads_to_no_sign_in(
    page: Page, context: BrowserContext, rules: StreamlitApp
) -> None:
    """The front end connects again half a second after a socket was closed."""
    by_address(page, rules, "/members")
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    page.route("**/auth/signed-out*", slowly)
    tab = context.new_page()
    tab.goto(f"{rules.url}/auth/logout")
    tab.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()


def slowly(route: Route) -> None:
    route.request.frame.page.wait_for_timeout(2000)
    route.continue_()


# A WebSocket without a browser


class Socket:
    """What a stranger's own client sees: the messages, and how it ended."""

    def __init__(self) -> None:
        self.messages: list[ForwardMsg] = []
        self.code: int | None = None

    @property
    def pages(self) -> dict[str, str]:
        """Hashes by path, as the app tells them to everybody."""
        return {
            one.url_pathname: one.page_script_hash
            for message in self.messages
            if message.WhichOneof("type") in ("navigation", "new_session")
            for one in getattr(message, str(message.WhichOneof("type"))).app_pages
        }

    @property
    def redirects(self) -> list[str]:
        found = [one for one in self.messages if one.WhichOneof("type") == "auth_redirect"]
        return [one.auth_redirect.url for one in found]

    @property
    def texts(self) -> list[str]:
        return [
            one.delta.new_element.text.body
            for one in self.messages
            if one.WhichOneof("type") == "delta" and one.delta.new_element.HasField("text")
        ]

    def said(self, name: str) -> Any:
        """What the script wrote behind that word, as JSON."""
        return json.loads(next(t for t in self.texts if t.startswith(name)).removeprefix(name))


def rerun(**wanted: str) -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = ""
    for name, value in wanted.items():
        setattr(message.rerun_script, name, value)
    return message.SerializeToString()


def talk(
    app: StreamlitApp, sent: Sequence[bytes], headers: Mapping[str, str] | None = None
) -> Socket:
    """Open the socket, and send one message after each end of a run."""
    got = Socket()

    async def run() -> None:
        async with connect(
            f"ws://localhost:{app.port}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            origin=app.url,  # type: ignore[arg-type]
            additional_headers=dict(headers or {}),
            max_size=None,
        ) as socket:
            waiting = list(sent)
            with suppress(ConnectionClosed):
                await socket.send(waiting.pop(0))
            with suppress(ConnectionClosed):
                while True:
                    data = await asyncio.wait_for(socket.recv(), 20)
                    message = ForwardMsg.FromString(bytes(data))  # type: ignore[arg-type]
                    got.messages.append(message)
                    if message.WhichOneof("type") != "script_finished":
                        continue
                    if not waiting:
                        return
                    await socket.send(waiting.pop(0))
            got.code = socket.close_code

    # Playwright has the loop of this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result(60)
    return got


def test_a_socket_of_a_stranger_is_sent_away_where_nothing_is_public(closed: StreamlitApp) -> None:
    got = talk(closed, [rerun(page_name="")])
    assert got.redirects == ["/auth/signed-out?why=expired"]
    assert [one.WhichOneof("type") for one in got.messages] == ["auth_redirect"]
    assert got.code == 4401
    assert ran(closed) == set()


@pytest.mark.parametrize("wanted", ["members", "admin"])
def test_a_message_with_the_hash_of_a_protected_page_never_runs_it(
    rules: StreamlitApp, wanted: str
) -> None:
    pages = talk(rules, [rerun(page_name="")]).pages
    assert {"members", "admin"} <= set(pages)
    shutil.rmtree(rules.workdir / "ran")
    got = talk(rules, [rerun(page_name=""), rerun(page_script_hash=pages[wanted])])
    assert got.redirects == [f"/{wanted}"]
    assert got.code == 4401
    assert ran(rules) == {"script", "start"}


@pytest.mark.parametrize(
    "message",
    [
        {"page_name": "members"},
        {"page_name": "/members/"},
        {"page_name": "about", "page_script_hash": "HASH"},
        {"page_name": "members", "page_script_hash": "HASH"},
        {"page_script_hash": "0123456789abcdef0123456789abcdef"},
    ],
)
def test_neither_does_one_with_its_name_or_with_two_pages(
    rules: StreamlitApp, message: dict[str, str]
) -> None:
    pages = talk(rules, [rerun(page_name="")]).pages
    filled = {
        name: pages["members"] if value == "HASH" else value for name, value in message.items()
    }
    got = talk(rules, [rerun(page_name=""), rerun(**filled)])
    assert len(got.redirects) == 1
    assert got.code == 4401
    assert ran(rules) == {"script", "start"}


def test_nor_does_the_first_message_of_a_socket(rules: StreamlitApp) -> None:
    pages = talk(rules, [rerun(page_name="")]).pages
    shutil.rmtree(rules.workdir / "ran")
    got = talk(rules, [rerun(page_script_hash=pages["members"])])
    assert got.redirects == ["/members"]
    assert ran(rules) == set()


@pytest.mark.parametrize("name", ["about/", "about/more", "/about"])
def test_a_public_address_that_is_no_page_runs_no_page(
    app: StreamlitApp, dev: DevProvider, name: str
) -> None:
    """Streamlit runs the start page for a name that it does not know."""
    with_rules(app, dev, ABOUT_ONLY)
    assert "About" in str(talk(app, [rerun(page_name="about")]).messages)
    shutil.rmtree(app.workdir / "ran")
    got = talk(app, [rerun(page_name=name)])
    assert got.redirects == ["/about" if name == "/about" else "/"]
    assert got.code == 4401
    assert ran(app) == set()


@pytest.mark.parametrize("name", ["about", "about/more"])
def test_before_the_first_run_has_told_of_the_pages_nothing_protected_is_shown(
    page: Page, app: StreamlitApp, dev: DevProvider, name: str
) -> None:
    with_rules(app, dev, ABOUT_ONLY)
    restart(app)
    got = talk(app, [rerun(page_name=name)])
    if name == "about":
        assert "it is nobody" in got.texts
        assert got.redirects == []
    else:
        assert got.redirects == ["/"]
        assert got.texts == []
    page.goto(f"{app.url}/about")
    expect(page.get_by_role("heading", name="About")).to_be_visible()


def test_the_start_page_stays_open_after_it_ran_again(page: Page, rules: StreamlitApp) -> None:
    page.goto(f"{rules.url}/?q=1")
    for _ in range(3):
        page.get_by_role("button", name="Again").click()
    page.get_by_role("link", name="about").click()
    expect(page.get_by_role("heading", name="About")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Start")).to_be_visible()
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text("it is nobody")).to_be_visible()


FORGED = {
    "X-St-Oauth-Visit": "made-up",
    "X-Forwarded-User": "forged",
    "X-Forwarded-Email": "forged@example.com",
    "X-Auth-Request-User": "forged",
    "X-Remote-User": "forged",
    "Remote-User": "forged",
    "Remote_User": "forged",
    "X-Amzn-Oidc-Data": "forged",
    "Cf-Access-Authenticated-User-Email": "forged@example.com",
    "X-Goog-Authenticated-User-Email": "forged@example.com",
    "Tailscale-User-Login": "forged@example.com",
    "X-Ms-Client-Principal-Name": "forged",
}


def forged_cookies(app: StreamlitApp) -> dict[str, str]:
    """As Streamlit would sign them, with the secret that the app has."""
    who = {"is_logged_in": True, "name": "forged", "email": "forged@example.com", "origin": app.url}
    signer = URLSafeTimedSerializer(COOKIE_SECRET, salt="_streamlit_user")
    return {
        "_streamlit_user": str(signer.dumps(json.dumps(who))),
        "_streamlit_user_tokens": "forged",
        "st_oauth_visit": "forged",
    }


def test_forged_headers_and_cookies_never_reach_a_script(rules: StreamlitApp) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in forged_cookies(rules).items())
    got = talk(rules, [rerun(page_name="")], FORGED | {"Cookie": cookies, "X-Kept": "kept"})
    assert "it is nobody" in got.texts
    assert not got.said("native ").get("is_logged_in")
    headers = {name.lower(): value for name, value in got.said("headers ").items()}
    assert headers.pop("x-kept") == "kept"
    assert not [name for name in headers if "forged" in headers[name] or "made-up" in headers[name]]
    seen = got.said("cookies ")
    assert set(seen) <= {"st_oauth_visit"}
    assert "forged" not in seen.values()


def test_a_forged_native_cookie_signs_nobody_in_in_a_browser(
    page: Page, context: BrowserContext, rules: StreamlitApp
) -> None:
    """There the front end sends the XSRF token along, so that Streamlit would believe it."""
    for name, value in forged_cookies(rules).items():
        context.add_cookies([{"name": name, "value": value, "url": rules.url}])
    page.goto(rules.url)
    expect(page.get_by_text("it is nobody")).to_be_visible()
    expect(page.get_by_text("native {")).not_to_contain_text("forged")
    expect(page.get_by_text("cookies {")).not_to_contain_text("forged")
    page.goto(f"{rules.url}/members")
    expect(page.get_by_role("heading", name="Who do you want to be?")).to_be_visible()
    be(page)
    expect(page.get_by_text(f"it is {ADA}")).to_be_visible()
    expect(page.get_by_text("native {")).to_contain_text("ada@example.com")
    expect(page.get_by_text("native {")).not_to_contain_text("forged")
    assert who(page, rules)["logged_in"] is True


def test_forged_headers_open_nothing_by_http(closed: StreamlitApp) -> None:
    named = {name.replace("-", "_"): value for name, value in FORGED.items() if "_" not in name}
    for path in ("/_stcore/agent/openapi.json", "/app/static/paper.txt", "/media/x"):
        assert ask(closed, path, **named)[0] == 401
    assert json.loads(ask(closed, "/auth/user", **named)[2]) == {"logged_in": False}


def test_the_agents_of_a_stranger_get_nothing_where_a_page_is_protected(
    rules: StreamlitApp,
) -> None:
    assert ask(rules, "/_stcore/agent/interact", "POST")[0] == 401
