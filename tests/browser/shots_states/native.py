"""What a visitor sees of native sign-in, with the providers of `st-oauth dev`."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect
from servers.dev import DevProvider
from servers.native import ADA, GRACE, KATHERINE, be, native_app, one, two
from servers.process import free_port
from servers.proxy import FrontProxy
from servers.streamlit_app import StreamlitApp

EXAMPLES = Path(__file__).resolve().parent.parent.parent.parent / "examples"
APP = EXAMPLES / "native" / "app.py"
RULES = EXAMPLES / "native_multi" / "app.py"
ONE_FILE = EXAMPLES / "native_one_file" / "app.py"
# What the app writes; the rest of the page, the colours of JSON and how a picture is shown are Streamlit's own.
MAIN = '[data-testid="stMainBlockContainer"]'
TEXTS = f'{MAIN} [data-testid="stHeading"], {MAIN} [data-testid="stMarkdown"]'
BUTTONS = '[data-testid="stSidebarUserContent"] [data-testid="stButton"]'


@dataclass(frozen=True)
class Servers:
    """The example of `make run`, the one with rules, one that is not set up, which `front` stands before, too, and
    one with a key written wrong."""

    app: StreamlitApp
    rules: StreamlitApp
    empty: StreamlitApp
    front: FrontProxy
    broken: StreamlitApp
    short: StreamlitApp


@contextmanager
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        start = stack.enter_context
        dev = start(DevProvider())
        folders = [Path(tempfile.gettempdir()) / name for name in ("my_new_app", "my_app")]
        for folder in folders:  # their names are in the pictures
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        empty = start(native_app(ONE_FILE, None, workdir=folders[0]))
        more = 'public = ["/"]\nroles = { "/admin" = "admin" }'
        yield Servers(
            app=start(native_app(APP, lambda port: two(dev, port))),
            rules=start(native_app(RULES, lambda port: two(dev, port, more=more))),
            empty=empty,
            front=start(FrontProxy(free_port(), empty.port)),
            broken=start(
                native_app(
                    ONE_FILE,
                    lambda port: one(dev, port, more='default_tll = "7d"').replace(
                        "client_secret", "clientsecret"
                    ),
                    workdir=folders[1],
                )
            ),
            short=start(native_app(ONE_FILE, lambda port: one(dev, port, more="default_ttl = 10"))),
        )


def sign_in(page: Page, app: StreamlitApp, provider: str = "dev", persona: str = ADA) -> None:
    page.goto(f"{app.url}/auth/login?provider={provider}")
    be(page, persona)
    page.wait_for_url(f"{app.url}/")


def heading(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()


# The pages on the way in and out


def state_choose(page: Page, servers: Servers) -> None:
    page.goto(f"{servers.app.url}/auth/login")
    heading(page, "Sign in")


def state_onward(page: Page, servers: Servers) -> None:
    """Seen for a moment, or without JavaScript; here its script is held up."""
    page.route(
        "**/auth/login",
        lambda route: route.fulfill(
            response=(got := route.fetch()),
            body=got.text().replace("location.replace(", "void("),
            headers={k: v for k, v in got.headers.items() if k != "content-security-policy"},
        ),
    )
    page.goto(f"{servers.short.url}/auth/login")
    heading(page, "Sign in")


def state_cancelled(page: Page, servers: Servers) -> None:
    page.goto(f"{servers.app.url}/auth/login?provider=dev")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The sign-in was cancelled.")).to_be_visible()


def state_refused_for_a_visitor(page: Page, servers: Servers) -> None:
    page.set_extra_http_headers({"X-Forwarded-For": "192.0.2.1"})
    page.goto(f"{servers.app.url}/auth/callback?code=made-up&state=made-up")
    heading(page, "You are not signed in")


def state_signed_out(page: Page, servers: Servers) -> None:
    page.goto(f"{servers.app.url}/auth/signed-out")
    heading(page, "Signed out")


def state_revoked(page: Page, servers: Servers) -> None:
    page.goto(f"{servers.app.url}/auth/signed-out?why=revoked")
    heading(page, "You were signed out")


def state_expired(page: Page, servers: Servers) -> None:
    """As the open tab gets there."""
    page.goto(f"{servers.short.url}/auth/login")
    be(page, ADA)
    title = page.get_by_role("heading", name="Your session has ended")
    expect(title).to_be_visible(timeout=20_000)


def state_sign_out(page: Page, servers: Servers) -> None:
    sign_in(page, servers.app)
    page.goto(f"{servers.app.url}/auth/logout")
    heading(page, "Sign out?")


def state_forbidden(page: Page, servers: Servers) -> None:
    sign_in(page, servers.rules, persona=GRACE)
    page.goto(f"{servers.rules.url}/admin")
    heading(page, "No access")


def state_other_host(page: Page, servers: Servers) -> None:
    page.goto(f"http://app.lan:{servers.app.port}/auth/login")
    heading(page, "This app has another address")


# Not set up


def state_set_up(page: Page, servers: Servers) -> None:
    page.goto(servers.empty.url)
    heading(page, "Set up sign-in")
    expect(page.get_by_text("st-oauth dev app.py", exact=True)).to_be_visible()


def state_set_up_wrong(page: Page, servers: Servers) -> None:
    page.goto(servers.broken.url)
    heading(page, "Set up sign-in")
    expect(page.get_by_text("default_ttl")).to_be_visible()


def state_set_up_for_a_visitor(page: Page, servers: Servers) -> None:
    page.goto(f"http://localhost:{servers.front.port}/")
    heading(page, "Not set up yet")


# The app of `make run`


def state_app_signed_out(page: Page, servers: Servers) -> str:
    page.goto(servers.app.url)
    heading(page, "Everybody sees this page")
    return MAIN


def state_app_signed_in(page: Page, servers: Servers) -> str:
    sign_in(page, servers.app, "team", KATHERINE)
    expect(page.get_by_text(f"Welcome, {KATHERINE}!")).to_be_visible()
    return MAIN


def state_app_members(page: Page, servers: Servers) -> str:
    sign_in(page, servers.app)
    page.goto(f"{servers.app.url}/members")
    heading(page, "Members")
    expect(page.get_by_text("Your address is")).to_be_visible()
    return TEXTS


def state_app_sidebar(page: Page, servers: Servers) -> str:
    sign_in(page, servers.app)
    expect(page.get_by_text(f"Welcome, {ADA}!")).to_be_visible()
    opener = page.get_by_test_id("stExpandSidebarButton")
    if opener.is_visible():
        opener.click()
    expect(page.get_by_role("button", name="Logout", exact=True)).to_be_visible()
    page.get_by_text("The code of this app", exact=True).click()
    expect(page.get_by_text("import st_oauth").first).to_be_visible()
    return BUTTONS
