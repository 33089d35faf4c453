"""What goes into `st.App`, and the middleware, driven as a server drives it."""

import asyncio
import gc
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from st_oauth import _core, _streamlit, asgi, visits
from st_oauth.asgi import SignIn
from st_oauth.site import NewLogin, Site

CONFIG = {
    "issuer": "https://op.example",
    "client_id": "app",
    "client_secret": "s3cret",
    "public_url": "http://localhost:8501",
    "store": "memory",
    "secret": "bmV3IGtleSBvZiB0aGlydHktdHdvIGJ5dGVzISEhISE=",
}
PAGE = [
    (b"host", b"localhost:8501"),
    (b"accept", b"text/html"),
    (b"sec-fetch-mode", b"navigate"),
    (b"sec-fetch-dest", b"document"),
]

Message = dict[str, Any]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ST_OAUTH_AUTH", raising=False)


class Inner:
    """The app behind: remembers what reaches it."""

    def __init__(self) -> None:
        self.scopes: list[Message] = []
        self.handles: list[visits.Visit | None] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(dict(scope))
        for name, value in scope.get("headers", ()):
            if name == b"cookie":
                for pair in value.decode().split("; "):
                    key, _, handle = pair.partition("=")
                    if key == visits.COOKIE:
                        self.handles.append(visits.find(handle))
            if name == visits.HEADER.lower().encode():
                self.handles.append(visits.find(value.decode()))
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the app"})

    def headers(self) -> dict[bytes, bytes]:
        return dict(self.scopes[-1]["headers"])


def ask(
    app: SignIn,
    path: str = "/",
    headers: list[tuple[bytes, bytes]] = PAGE,
    kind: str = "http",
    method: str = "GET",
    body: bytes = b"",
) -> list[Message]:
    """One request; what comes back."""
    sent: list[Message] = []
    raw, _, query = path.partition("?")
    scope = {
        "type": kind,
        "method": method,
        "path": raw,
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8501),
        "extensions": {},
    }

    async def receive() -> Message:
        if kind == "websocket":
            return {"type": "websocket.connect"}
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def go() -> None:
        await app(scope, receive, send)

    asyncio.run(go())
    return sent


def made(**config: Any) -> tuple[SignIn, Inner]:
    inner = Inner()
    return SignIn(inner, Site(config={**CONFIG, **config})), inner


# app() and protect()


def test_what_the_user_passes_is_merged() -> None:
    own = (object, (), {})
    given = asgi.app(config=CONFIG, middleware=[own], routes=iter(["r"]), lifespan="l", debug=True)
    assert [one[0] for one in given["middleware"]] == [SignIn, object]
    assert (given["routes"], given["lifespan"], given["debug"]) == (["r"], "l", True)


def test_the_users_own_secrets_stay() -> None:
    given = asgi.app(config=CONFIG, secrets={"database": {"url": "x"}})
    assert given["secrets"]["database"] == {"url": "x"}


def test_it_never_raises_at_import() -> None:
    assert asgi.app(config={"issuer": 7, "nonsense": object()})["middleware"]


def test_ten_thousand_reruns_change_and_leak_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first = asgi.app(config=CONFIG)
    monkeypatch.setattr(_streamlit, "in_script_run", lambda: True)
    for _ in range(10):
        asgi.app(config=CONFIG, on_login=lambda login: True)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(10_000):
        again = asgi.app(config=CONFIG, on_login=lambda login: True)
    gc.collect()
    assert again == first
    assert again["middleware"][0][1][0] is first["middleware"][0][1][0]
    assert len(gc.get_objects()) - before < 50


def test_protect_answers_for_the_app() -> None:
    class App:
        state = "mine"

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    assert asgi.protect(App(), config=CONFIG).state == "mine"


# Closed


def test_a_wrong_configuration_is_closed_and_says_so_in_three_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app, inner = made(issuer="nonsense")
    with caplog.at_level(logging.ERROR, "st_oauth"):
        answer = ask(app)
    assert answer[0]["status"] == 503
    assert b"<h1" in answer[1]["body"]
    assert inner.scopes == []
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(said[0].getMessage().splitlines()) == 3


def test_a_closed_app_moves_no_socket_to_the_app() -> None:
    app, inner = made(issuer="nonsense")
    sent = ask(app, "/_stcore/stream", kind="websocket")
    assert [one["type"] for one in sent] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
    assert inner.scopes == []


def test_the_front_ends_own_files_are_open_in_a_closed_app() -> None:
    app, _ = made(issuer="nonsense")
    assert ask(app, "/_stcore/health")[0]["status"] == 200
    assert ask(app, "/static/js/index.js")[0]["status"] == 200


# What passes, and how


def test_a_page_passes_where_nothing_is_guarded() -> None:
    app, inner = made()
    assert ask(app)[1]["body"] == b"the app"
    assert len(inner.scopes) == 1


def test_px_01_headers_that_say_who_somebody_is_never_reach_the_app() -> None:
    forged = [
        (b"x-forwarded-user", b"eve"),
        (b"X_Auth_Request_Email", b"eve@x"),
        (b"Remote-User", b"eve"),
        (b"x-st-oauth-visit", b"abc"),
        (b"tailscale-user-login", b"eve"),
    ]
    for path, kind in (
        ("/", "http"),
        ("/_stcore/agent/mcp", "http"),
        ("/_stcore/stream", "websocket"),
    ):
        app, inner = made()
        ask(app, path, [*PAGE, *forged], kind)
        names = {name.lower() for name, _ in inner.scopes[-1]["headers"]}
        assert not names & {name.lower() for name, _ in forged} - {b"x-st-oauth-visit"}
        assert inner.headers().get(b"x-st-oauth-visit") != b"abc"


def test_cs_39_other_cookies_stay_byte_for_byte() -> None:
    own = b'_streamlit_user=forged; a="x y"; st_oauth_visit=forged;b=2 ;_streamlit_xsrf=2|a; c==;'
    app, inner = made()
    ask(app, "/", [*PAGE, (b"cookie", own)])
    assert inner.headers()[b"cookie"] == b'a="x y";b=2 ;_streamlit_xsrf=2|a; c==;'


def test_a_socket_carries_a_handle_that_means_something_here_and_now() -> None:
    app, inner = made()
    ask(app, "/_stcore/stream", kind="websocket")
    (mine,) = inner.handles
    assert mine is not None
    assert mine.cookie == ""
    assert visits.find(mine.handle) is None  # the socket is over


def test_an_agent_carries_its_handle_in_a_header() -> None:
    app, inner = made()
    ask(app, "/_stcore/agent/interact", method="POST", body=b"{}")
    assert len(inner.handles) == 1


def test_a_forged_handle_is_nobodys() -> None:
    app, inner = made()
    ask(app, "/_stcore/stream", [*PAGE, (b"cookie", b"st_oauth_visit=forged")], "websocket")
    assert b"forged" not in inner.headers()[b"cookie"]


# What is guarded


def test_a_stranger_is_sent_to_the_sign_in_before_the_app_is_asked() -> None:
    app, inner = made(require_login=True)
    answer = ask(app, "/page2?a=1&a=2&x=%E2%9C%93")
    headers = dict(answer[0]["headers"])
    assert answer[0]["status"] == 302
    assert (
        headers[b"location"] == b"/auth/login?next=%2Fpage2%3Fa%3D1%26a%3D2%26x%3D%25E2%259C%2593"
    )
    assert inner.scopes == []


@pytest.mark.parametrize(
    "path",
    [
        "/media/x.png",
        "/component/a/index.html",
        "/_stcore/upload_file/a/b",
        "/_stcore/metrics",
        "/_stcore/agent/interact",
        "/app/static/a.txt",
        "/_stcore/bidi-components/a/b.js",
    ],
)
def test_px_21_side_doors_are_closed_to_strangers(path: str) -> None:
    app, inner = made(require_login=True)
    answer = ask(app, path, [(b"host", b"localhost:8501"), (b"accept", b"*/*")])
    assert answer[0]["status"] == 401
    assert json.loads(answer[1]["body"])["error"] == "login_required"
    assert inner.scopes == []


def test_a_socket_of_a_stranger_is_moved_where_every_page_is_guarded() -> None:
    app, inner = made(require_login=True)
    sent = ask(app, "/_stcore/stream", kind="websocket")
    assert sent[1]["bytes"] == _streamlit.redirect_frame("/auth/signed-out?why=expired")
    assert sent[2]["code"] == 4401
    assert inner.scopes == []


def test_a_body_over_the_limit_is_refused() -> None:
    app, _ = made()
    headers = [(b"host", b"localhost:8501")]
    body = b"a=" + b"x" * 70_000
    answer = ask(app, "/auth/logout", headers, method="POST", body=body)
    assert answer[0]["status"] == 400
    assert json.loads(answer[1]["body"])["error"] == "too_large"


# The frame


def test_the_frame_is_what_streamlit_itself_would_send() -> None:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    for url in ("/x", "/auth/signed-out?why=expired", "/" + "long/" * 60):
        message = ForwardMsg()
        message.auth_redirect.url = url
        assert _streamlit.redirect_frame(url) == message.SerializeToString()
        assert _streamlit.is_redirect(message.SerializeToString())


def test_what_the_browser_wants_is_read() -> None:
    from streamlit.proto.BackMsg_pb2 import BackMsg

    message = BackMsg()
    message.rerun_script.page_script_hash = "h"
    message.rerun_script.page_name = "admin"
    message.rerun_script.query_string = "a=1"
    assert _streamlit.wanted_page(message.SerializeToString()) == ("h", "admin", "a=1")
    assert _streamlit.wanted_page(b"\xff\xff\xff") == ("unreadable", "", "")
    other = BackMsg()
    other.stop_script = True
    assert _streamlit.wanted_page(other.SerializeToString()) is None


# The hook


def answered(hook: Callable[[NewLogin], Any]) -> Any:
    site = Site(config=CONFIG, on_login=hook)
    question = {
        "question": "on_login",
        "provider": "op",
        "issuer": "https://op.example",
        "subject": "ada",
        "claims": {"email": "a@example.org", "email_verified": True},
    }
    return json.loads(asyncio.run(site.ask(json.dumps(question))))


def test_a_hook_lets_in_by_true_and_none() -> None:
    assert answered(lambda login: True) == {"allow": True}
    assert answered(lambda login: None) == {"allow": True}


def test_a_hook_keeps_out_by_false_and_by_a_text() -> None:
    assert answered(lambda login: False) == {"allow": False}
    assert answered(lambda login: "Not today.") == {"allow": False, "message": "Not today."}


def test_a_hook_may_be_a_coroutine() -> None:
    async def hook(login: NewLogin) -> bool:
        await asyncio.sleep(0)
        return False

    assert answered(hook) == {"allow": False}


@pytest.mark.parametrize("said", [1, "", [], {"allow": True}])
def test_a_hook_that_says_something_else_lets_nobody_in(said: object) -> None:
    answer = answered(lambda login: said)
    assert answer is None or answer["allow"] is False


def test_a_hook_that_raises_lets_nobody_in() -> None:
    def hook(login: NewLogin) -> bool:
        raise RuntimeError("broken")

    assert answered(hook) is None


def test_a_hook_that_takes_too_long_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("st_oauth.site._HOOK_S", 0.05)

    async def hook(login: NewLogin) -> bool:
        await asyncio.sleep(30)
        return True

    assert answered(hook) is None


def test_a_hook_sees_the_id_and_the_verified_address() -> None:
    seen: list[NewLogin] = []
    answered(lambda login: seen.append(login))
    assert (seen[0].id, seen[0].email) == ("op:ada", "a@example.org")
    assert "claims" not in repr(seen[0])


# The engine, as Python has it


def test_a_realm_that_is_closed_knows_nobody() -> None:
    site = Site(config={"issuer": 7})
    asyncio.run(site.started())
    with pytest.raises(RuntimeError):
        site.realm.identify("s1." + "a" * 43)
    assert site.realm.access("/", None) == _core.LOGIN


def test_garbage_in_the_place_of_a_cookie_is_nobody() -> None:
    site = Site(config=CONFIG)
    asyncio.run(site.started())
    for cookie in ("", "x", "s1.", "s1." + "A" * 43, "c1." + "A" * 300, "s9." + "A" * 43):
        assert site.realm.identify(cookie) is None


def test_a_ticket_for_a_provider_that_there_is_not_is_refused() -> None:
    site = Site(config=CONFIG)
    asyncio.run(site.started())
    with pytest.raises(ValueError, match="usage"):
        site.realm.login_ticket('{"provider": "nobody", "params": {}}')


def test_the_thread_ends_with_its_site() -> None:
    site = Site(config=CONFIG)
    asyncio.run(site.started())
    thread = site._watcher
    assert thread is not None
    assert thread.is_alive()
    del site
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()
