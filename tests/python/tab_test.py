"""An open tab where the rules tell pages apart: what of a run it is shown, and how it is moved."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from pages_test import ABOUT, HOME, MAIN, SECRET, navigation, new_session
from st_oauth import _core, _streamlit, visits
from st_oauth.site import Site, Tab
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

CONFIG = {
    "issuer": "https://op.example",
    "client_id": "app",
    "client_secret": "s3cret",
    "public_url": "http://localhost:8501",
    "store": "memory",
    "secret": "bmV3IGtleSBvZiB0aGlydHktdHdvIGJ5dGVzISEhISE=",
    "public": ["/about"],
}

ENDED = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString()
CLOSE = {"type": "websocket.close", "code": 4401}

Message = dict[str, Any]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ST_OAUTH_AUTH", raising=False)


class Socket:
    """A stranger's tab of an app of which one page is public."""

    def __init__(self, site: Site) -> None:
        self.sent: list[Message] = []
        self.tab = Tab(site, visits.open_visit(site.realm, site.facts, ""), self._send)

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    async def wants(self, *messages: BackMsg) -> Message:
        """What the app is handed for the messages of a browser that goes then."""
        waiting: list[Message] = [
            {"type": "websocket.receive", "bytes": one.SerializeToString()} for one in messages
        ]
        waiting.append({"type": "websocket.disconnect", "code": 1001})

        async def receive() -> Any:
            return waiting.pop(0)

        return dict(await self.tab.receiving(receive)())

    async def shows(self, *frames: bytes) -> list[bytes]:
        """What of these reaches the browser."""
        del self.sent[:]
        for frame in frames:
            await self.tab.send({"type": "websocket.send", "bytes": frame})
        return [one["bytes"] for one in self.sent if one["type"] == "websocket.send"]


def opened(work: Callable[[Socket], Awaitable[None]], *told: bytes) -> None:
    """Run with a socket of an app that has told this to another session."""

    async def run() -> None:
        site = Site(config=CONFIG)
        await site.started()
        for data in told:
            one = _streamlit.told_pages(data)
            assert one is not None
            site.pages.learn(one)
        socket = Socket(site)
        await socket.tab.send({"type": "websocket.accept"})
        await work(socket)

    asyncio.run(run())


def rerun(**wanted: str) -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = ""
    for name, value in wanted.items():
        setattr(message.rerun_script, name, value)
    return message


def delta(text: str) -> bytes:
    message = ForwardMsg()
    message.delta.new_element.text.body = text
    return message.SerializeToString()


def to(url: str) -> bytes:
    return _streamlit.redirect_frame(url)


@pytest.mark.parametrize(
    ("wanted", "url"),
    [
        ({"page_name": "secret"}, "/secret"),
        ({"page_name": ""}, "/"),
        ({"page_name": "about/more"}, "/"),
        ({"page_script_hash": SECRET}, "/secret"),
        ({"page_script_hash": MAIN}, "/"),
        ({"page_script_hash": "made-up"}, "/"),
        ({"page_script_hash": SECRET, "page_name": "about"}, "/secret"),
        ({"page_script_hash": ABOUT, "page_name": "secret"}, "/secret"),
        ({"page_name": "/evil.example"}, "/evil.example"),
    ],
)
def test_what_is_not_allowed_never_reaches_the_app(wanted: dict[str, str], url: str) -> None:
    async def work(socket: Socket) -> None:
        assert (await socket.wants(rerun(**wanted)))["type"] == "websocket.disconnect"
        assert socket.sent[1:] == [{"type": "websocket.send", "bytes": to(url)}, CLOSE]

    opened(work, new_session(MAIN), navigation())


@pytest.mark.parametrize("wanted", [{"page_name": "about"}, {"page_script_hash": ABOUT}])
def test_what_is_allowed_does(wanted: dict[str, str]) -> None:
    async def work(socket: Socket) -> None:
        assert (await socket.wants(rerun(**wanted)))["type"] == "websocket.receive"
        frames = [new_session(MAIN), delta("around it"), navigation(ABOUT), delta("about")]
        assert await socket.shows(*frames) == frames

    opened(work, new_session(MAIN), navigation())


def test_a_page_that_a_script_goes_to_by_itself_is_not_shown() -> None:
    async def work(socket: Socket) -> None:
        await socket.shows(new_session(MAIN), navigation(ABOUT), delta("about"))
        assert await socket.shows(new_session(SECRET), delta("secret")) == [to("/secret")]

    opened(work, navigation())


def test_the_first_run_of_all_is_shown_once_it_has_told_its_page() -> None:
    async def work(socket: Socket) -> None:
        assert (await socket.wants(rerun(page_name="about")))["type"] == "websocket.receive"
        assert await socket.shows(new_session(MAIN), delta("around it")) == []
        frames = [navigation(ABOUT), delta("about"), ENDED]
        assert await socket.shows(*frames) == [new_session(MAIN), delta("around it"), *frames]

    opened(work)


@pytest.mark.parametrize(
    "run",
    [
        [navigation(HOME), delta("secret"), ENDED],
        [delta("secret"), ENDED, delta("secret")],
        [delta("secret")] * 1100,
    ],
    ids=["it is the start page", "it tells of none", "it never ends"],
)
def test_a_first_run_of_no_page_of_that_name_shows_nothing(run: list[bytes]) -> None:
    async def work(socket: Socket) -> None:
        assert (await socket.wants(rerun(page_name="about")))["type"] == "websocket.receive"
        assert await socket.shows(new_session(MAIN), *run) == [to("/")]

    opened(work)


def test_a_second_message_does_not_let_go_of_what_is_held() -> None:
    async def work(socket: Socket) -> None:
        assert (await socket.wants(rerun(page_name="about")))["type"] == "websocket.receive"
        await socket.shows(new_session(MAIN), delta("secret"))
        assert (await socket.wants(rerun(page_name="about")))["type"] == "websocket.receive"
        assert await socket.shows(delta("secret"), ENDED) == [to("/")]

    opened(work)


def test_a_tab_whose_session_is_over_has_time_to_arrive_and_reaches_the_app_no_more() -> None:
    async def work(socket: Socket) -> None:
        socket.tab.ended(1)
        await asyncio.sleep(0.05)
        assert socket.sent[1:] == [{"type": "websocket.send", "bytes": to("/auth/signed-out")}]
        assert (await socket.wants(rerun(page_name="about")))["type"] == "websocket.disconnect"
        assert await socket.shows(delta("secret")) == []
        socket.tab.end()

    opened(work, navigation())


class Recovering:
    """A realm whose store cannot be asked at first."""

    def __init__(self) -> None:
        self.out = True

    def identify(self, cookie: str) -> Any:
        if self.out:
            raise _core.StoreError("store_failed: no answer")
        return SimpleNamespace(session_id=b"i" * 32, expires_at=time.time() + 600)


def test_a_tab_that_opened_in_an_outage_follows_its_session_after_it() -> None:
    async def run() -> None:
        site = Site(config=CONFIG)
        await site.started()
        realm = Recovering()
        visit = visits.open_visit(realm, {"rules": False}, "s1.cookie")  # type: ignore[arg-type]
        sent: list[Message] = []

        async def send(message: Any) -> None:
            sent.append(message)

        tab = Tab(site, visit, send)
        await tab.send({"type": "websocket.accept"})
        site.open_tab(tab)
        await tab._look()
        assert site._tabs_of(b"") == [tab]
        realm.out = False
        await tab._look()
        assert site._tabs_of(b"i" * 32) == [tab]
        assert site._tabs_of(b"") == []
        assert not tab.gone
        site.close_tab(tab)
        assert site._open_tabs() == []

    asyncio.run(run())
