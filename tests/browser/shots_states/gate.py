"""What a visitor sees of the example's gate."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect
from servers.oidc_provider import PLAIN_SECRET, OidcProvider, clients
from servers.process import free_port
from servers.proxy import FrontProxy
from servers.streamlit_app import StreamlitApp

EXAMPLE = Path(__file__).resolve().parent.parent.parent.parent / "examples" / "gate" / "app.py"
LABEL = "Click to login via OAuth"
AFTER = "This (and below) is only seen after authentication"
OURS = '[data-testid="stMainBlockContainer"]'  # the rest of the page is Streamlit's own


@dataclass(frozen=True)
class Servers:
    """The example as it should be, with a key written wrong (`broken`), that for visitors who may
    not see it (`closed`, behind `front`), at another port than configured, with a logout button, and with a
    provider that is away or whose clock is wrong."""

    app: StreamlitApp
    broken: StreamlitApp
    closed: StreamlitApp
    front: FrontProxy
    moved: StreamlitApp
    members: StreamlitApp
    away: StreamlitApp
    late: StreamlitApp


MEMBERS = EXAMPLE.read_text(encoding="utf-8").replace(f"'{LABEL}'", f"'{LABEL}', logout='Log out'")


def secrets(provider: OidcProvider, port: int, client_id_key: str = "client_id") -> str:
    return f"""
[myoauth]
issuer = "{provider.issuer}"
{client_id_key} = "basic"
client_secret = "{PLAIN_SECRET}"
redirect_uri = "http://localhost:{port}"
scope = "openid profile"
"""


@contextmanager
def servers() -> Iterator[Servers]:
    ports = [free_port() for _ in range(6)]
    port, members, late, away, elsewhere, wrong = ports
    uris = [f"http://localhost:{one}" for one in ports]
    with ExitStack() as stack:
        start = stack.enter_context
        provider = start(OidcProvider(clients(uris)))
        slow = start(OidcProvider(clients(uris), clock_offset_sec=7200))
        folder = Path(tempfile.gettempdir()) / "my_app"  # its name is in the picture
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        hidden = ["--client.showErrorDetails=none"]
        closed = start(
            StreamlitApp(EXAMPLE, secrets=secrets(provider, wrong, "clientid"), args=hidden)
        )
        yield Servers(
            app=start(StreamlitApp(EXAMPLE, secrets=secrets(provider, port), port=port)),
            broken=start(
                StreamlitApp(EXAMPLE, secrets=secrets(provider, wrong, "clientid"), workdir=folder)
            ),
            closed=closed,
            front=start(FrontProxy(free_port(), closed.port)),
            moved=start(StreamlitApp(EXAMPLE, secrets=secrets(provider, elsewhere))),
            members=start(StreamlitApp(MEMBERS, secrets=secrets(provider, members), port=members)),
            away=start(
                StreamlitApp(
                    EXAMPLE,
                    secrets=secrets(provider, away).replace(provider.issuer, "http://127.0.0.1:9"),
                    port=away,
                )
            ),
            late=start(StreamlitApp(EXAMPLE, secrets=secrets(slow, late), port=late)),
        )


def state_signed_out(page: Page, servers: Servers) -> str:
    page.goto(servers.app.url)
    expect(page.get_by_role("link", name=LABEL)).to_be_visible()
    return OURS


def state_signed_in(page: Page, servers: Servers) -> str:
    state_signed_out(page, servers)
    page.get_by_role("link", name=LABEL).click()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(AFTER)).to_be_visible()
    return OURS


def state_refused(page: Page, servers: Servers) -> str:
    state_signed_out(page, servers)
    page.get_by_role("link", name=LABEL).click()
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("link", name=LABEL)).to_be_visible()
    return OURS


def state_config_error(page: Page, servers: Servers) -> str:
    page.goto(servers.broken.url)
    expect(page.get_by_text("did you mean")).to_be_visible()
    return OURS


def state_config_error_for_a_visitor(page: Page, servers: Servers) -> str:
    page.goto(f"http://localhost:{servers.front.port}/")
    expect(page.get_by_text("not available at the moment")).to_be_visible()
    return OURS


def state_other_port(page: Page, servers: Servers) -> str:
    page.goto(servers.moved.url)
    expect(page.get_by_text("Nobody can sign in at this address.")).to_be_visible()
    return OURS


def state_lan_over_http(page: Page, servers: Servers) -> str:
    page.goto(f"http://app.lan:{servers.app.port}/")
    expect(page.get_by_text("Nobody can sign in at this address.")).to_be_visible()
    return OURS


def state_wrong_clock(page: Page, servers: Servers) -> str:
    page.goto(servers.late.url)
    page.get_by_role("link", name=LABEL).click()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("A clock is wrong.")).to_be_visible()
    return OURS


def state_retry(page: Page, servers: Servers) -> str:
    page.goto(servers.away.url)
    expect(page.get_by_role("link", name="Try again")).to_be_visible()
    return OURS


def state_waiting(page: Page, servers: Servers) -> str:
    """For a moment after the return; here the browser's part of it is held up."""
    page.add_init_script(
        "History.prototype.replaceState = function () {};"
        "window.dispatchEvent = () => true; window.setInterval = () => 0;"
    )
    state_signed_out(page, servers)
    page.get_by_role("link", name=LABEL).click()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Signing in…")).to_be_visible()
    return OURS


def state_logout_button(page: Page, servers: Servers) -> str:
    page.goto(servers.members.url)
    page.get_by_role("link", name=LABEL).click()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(AFTER)).to_be_visible()
    opener = page.get_by_test_id("stExpandSidebarButton")
    if opener.is_visible():
        opener.click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    return '[data-testid="stSidebarUserContent"]'


def state_signed_out_again(page: Page, servers: Servers) -> str:
    """After the logout, and after the end of a login, the link is back."""
    state_logout_button(page, servers)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name=LABEL)).to_be_visible()
    return OURS
