"""One app's sign-in in this process: its realm, its open tabs, and the thread that looks after both."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import logging
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, final
from urllib.parse import quote

from . import _core, _streamlit, audit, visits
from .auth_config import Watched
from .pages import START, Pages

_LOG = logging.getLogger("st_oauth")
_POLL_S: Final = 0.25
"""How often other processes' changes are asked for while a tab is open."""
_CONFIG_S: Final = 1.0
_TOUCH_S: Final = 10.0
_TEND_S: Final = 300.0
_HOOK_S: Final = 10.0
_LONGEST_TIMER_S: Final = 3600.0
_MOST_HELD: Final = 1000
_LEAVING_S: Final = 5.0
"""A tab that is on its way elsewhere is moved only if it is still there after this time."""
_WORKERS: Final = 8
_SIGNED_OUT, _REVOKED, _RENEWED, _INTERRUPTED = 1, 2, 3, 4
"""Why a session went, as the log of changes says it."""
_WHY: Final = {_SIGNED_OUT: "", _REVOKED: "revoked", _INTERRUPTED: "expired"}

_Message = MutableMapping[str, Any]
_Send = Callable[[_Message], Awaitable[None]]
_Receive = Callable[[], Awaitable[_Message]]


@final
class Watch:
    """Where the thread that looks after a site stands."""

    __slots__ = ("due", "realm", "since")

    def __init__(self) -> None:
        self.realm: _core.Realm | None = None
        self.since: int | None = None
        """The number of the last change that was followed."""
        self.due = {"config": 0.0, "touch": 0.0, "tend": time.monotonic() + _TEND_S}


@final
@dataclass(frozen=True)
class NewLogin:
    """A sign-in that waits for `on_login` to decide."""

    provider: str
    """The provider's name in `[auth]`."""
    issuer: str
    subject: str
    claims: dict[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        """What `user.id` will be."""
        return f"{self.provider}:{self.subject}"

    @property
    def email(self) -> str | None:
        """The verified address."""
        verified = self.claims.get("email_verified") in (True, "true")
        email = self.claims.get("email")
        return email if verified and isinstance(email, str) else None


Hook = Callable[[NewLogin], Any]
Listener = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Opening:
    """What a socket begins with."""

    set_cookies: list[str]
    native_cookies: list[tuple[str, str]]


@final
class Site:
    """The sign-in of one app. Made at import; reads its configuration when the server runs."""

    def __init__(
        self,
        config: Mapping[str, Any] | None = None,
        secrets: Mapping[str, Any] | None = None,
        on_login: Hook | None = None,
        on_event: Listener | None = None,
    ) -> None:
        self._watched = Watched(config=config, secrets=secrets)
        self._secrets = secrets
        self._on_login = on_login
        self._on_event = on_event
        self._lock = threading.Lock()
        self._realm: _core.Realm | None = None
        self.facts: dict[str, Any] = {}
        self._port = 0
        self._guessed = True
        self._tabs: dict[bytes, set[Tab]] = {}
        self.pages = Pages()
        self._wake = threading.Event()
        self._watcher: threading.Thread | None = None
        self._pools = threading.Lock()
        self._workers: ThreadPoolExecutor | None = None
        self._readers: ThreadPoolExecutor | None = None

    # The realm

    @property
    def workers(self) -> ThreadPoolExecutor:
        """The threads that may wait for a provider, or for a hook."""
        return self._pool("_workers", "st_oauth-worker")

    @property
    def readers(self) -> ThreadPoolExecutor:
        """The threads that may wait for a store, and for nothing else."""
        return self._pool("_readers", "st_oauth-reader")

    def _pool(self, place: str, name: str) -> ThreadPoolExecutor:
        with self._pools:
            pool = getattr(self, place)
            if pool is None:
                pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix=name)
                setattr(self, place, pool)
            made: ThreadPoolExecutor = pool
            return made

    @property
    def realm(self) -> _core.Realm:
        """The realm in force."""
        assert self._realm is not None
        return self._realm

    async def started(self) -> None:
        """The server starts: what is wrong is said now, not at the first visit."""
        await self.realm_at(0)

    async def realm_at(self, port: int) -> _core.Realm:
        """The realm, opened where it is not yet. `port`: the server's; 0 where it is not known."""
        realm = self._realm
        if realm is not None and (not self._guessed or port in (0, self._port)):
            return realm
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.readers, self._open_at, port)
        return self.realm

    def _open_at(self, port: int) -> None:
        """The first request says which port it is; before that the option does."""
        with self._lock:
            if self._realm is not None and (not self._guessed or port in (0, self._port)):
                return
            self._guessed = port == 0
            self._port = port or _streamlit.server_port()
            self._open()
        self._watch()

    def _open(self) -> None:
        """Open the realm with what is configured now. Under the lock."""
        realm, found = _core.open_realm(json.dumps(self._request()))
        facts = json.loads(realm.facts)
        self._watched.say(json.loads(found), closed=bool(facts["closed"]))
        self._realm, self.facts = realm, facts

    def _request(self) -> dict[str, Any]:
        request = self._watched.request(self._port)
        request["facts"]["asks_login"] = self._on_login is not None
        return request

    def _look_at_configuration(self) -> None:
        """Take a changed configuration over; a wrong one leaves the old one in force."""
        if not self._watched.changed():
            return
        with self._lock:
            before, facts = self._realm, self.facts
            realm, found = _core.open_realm(json.dumps(self._request()))
            now = json.loads(realm.facts)
            was_open = before is not None and not facts.get("closed")
            kept = bool(now["closed"]) and was_open
            self._watched.say(json.loads(found), closed=bool(now["closed"]), kept=kept)
            if kept:
                return
            self._realm, self.facts = realm, now
        audit.event({"event": "configuration_read"}, self._on_event)
        for tab in self._open_tabs():
            tab.visit.realm, tab.visit.facts = realm, now
            tab.look()

    def native_secrets(self) -> dict[str, Any]:
        """What `st.App(secrets=)` needs: the user's own, and what the native API lacks."""
        own = dict(self._secrets or {})
        section, redirect_uri, providers, exposed = self._watched.native()
        filled = _streamlit.native_secrets(section, redirect_uri, providers, exposed)
        return {**own, **filled}

    # Events and the hook

    def tell(self, visit: _core.Visit) -> None:
        """Pass on what happened. A sign-out reaches the other tabs without waiting for the next poll."""
        events = visit.events
        if not events:
            return
        for event in json.loads(events):
            audit.event(event, self._on_event)
            if event["event"] == "signed_out":
                self._signed_out(event)

    def tell_one(self, event: dict[str, Any]) -> None:
        """Pass one event on."""
        audit.event(event, self._on_event)

    def _signed_out(self, event: Mapping[str, Any]) -> None:
        """The log of changes has it at once; a store without one has no other process to tell, either."""
        if self.facts.get("changes"):
            self._wake.set()
            return
        mark = base64.urlsafe_b64decode(event.get("session") or "")
        for tab in self._open_tabs():
            if mark and tab.visit.session_id.startswith(mark):
                tab.ended(_SIGNED_OUT)

    async def ask(self, question: str) -> str:
        """The hook's answer. One that raises or takes too long gives none, which denies."""
        asked = json.loads(question)
        login = NewLogin(asked["provider"], asked["issuer"], asked["subject"], asked["claims"])
        try:
            said = await asyncio.wait_for(self._call_hook(login), _HOOK_S)
        except Exception:  # noqa: BLE001 - whatever a hook does, nobody gets in by it
            _LOG.exception("on_login failed, so the sign-in is denied")
            return "null"
        if isinstance(said, str):
            return json.dumps({"allow": False, "message": said})
        if said is None or isinstance(said, bool):
            return json.dumps({"allow": said is not False})
        _LOG.error("on_login gave %s in the place of a bool, a text or None", type(said).__name__)
        return "null"

    async def _call_hook(self, login: NewLogin) -> Any:
        assert self._on_login is not None
        loop = asyncio.get_running_loop()
        said = await loop.run_in_executor(self.workers, self._on_login, login)
        return await said if inspect.isawaitable(said) else said

    # Tabs

    async def opening(self, visit: visits.Visit, origin: str) -> Opening:
        """What a socket of this visit needs beside its handle."""
        if not visit.cookie:
            return Opening([], [])
        if self.facts.get("blocking"):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.readers, self._opening, visit, origin)
        return self._opening(visit, origin)

    def _opening(self, visit: visits.Visit, origin: str) -> Opening:
        try:
            identity = visit.identity()
        except _core.StoreError:
            identity = (
                None  # the engine lets it in where strangers may be, and the script asks again
            )
        if identity is None:
            return Opening([], [])
        set_cookies = []
        if identity.touch_due and self.facts.get("store") == "cookie":
            renewed = visit.realm.touch(visit.cookie)
            set_cookies = [renewed] if renewed else []
        return Opening(set_cookies, self._native_cookies(identity, origin) if origin else [])

    def _native_cookies(self, identity: _core.Identity, origin: str) -> list[tuple[str, str]]:
        exposed = self.facts.get("expose_tokens") or []
        tokens = {"id": identity.id_token, "access": identity.access_token}
        secret = _streamlit.native_secret()
        claims = json.loads(identity.claims)
        return _streamlit.native_cookies(secret, origin, claims, identity.provider, tokens, exposed)

    def open_tab(self, tab: Tab) -> None:
        """From now on the tab follows its session."""
        with self._lock:
            self._tabs.setdefault(tab.visit.session_id, set()).add(tab)
        tab.look()
        self._wake.set()

    def name_tab(self, tab: Tab, session_id: bytes) -> None:
        """The session of a tab is known by now: nobody knew it while its socket opened."""
        with self._lock:
            self._drop(tab)
            tab.visit.session_id = session_id
            self._tabs.setdefault(session_id, set()).add(tab)

    def _drop(self, tab: Tab) -> None:
        tabs = self._tabs.get(tab.visit.session_id, set())
        tabs.discard(tab)
        if not tabs:
            self._tabs.pop(tab.visit.session_id, None)

    def close_tab(self, tab: Tab) -> None:
        """The socket is over."""
        tab.end()
        with self._lock:
            self._drop(tab)

    def _open_tabs(self) -> list[Tab]:
        with self._lock:
            return [tab for tabs in self._tabs.values() for tab in tabs]

    def _tabs_of(self, session_id: bytes) -> list[Tab]:
        with self._lock:
            return list(self._tabs.get(session_id, ()))

    def signed_out_url(self, why: str) -> str:
        """Where an open tab goes when its session is over."""
        base = self.facts.get("base_path") or ""
        return f"{base}/auth/signed-out" + (f"?why={why}" if why else "")

    # The thread

    def _watch(self) -> None:
        with self._lock:
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = threading.Thread(
                    target=_look_after,
                    args=(weakref.ref(self), self._wake),
                    name="st_oauth-watch",
                    daemon=True,
                )
                self._watcher.start()

    def look_after(self, watched: Watch) -> None:
        """One turn of the thread."""
        if self._realm is not watched.realm:
            watched.realm, watched.since = self._realm, None
        watched.since = self._follow(watched.since)
        self._chores(watched.due)

    def _chores(self, due: dict[str, float]) -> None:
        now = time.monotonic()
        if now >= due["config"]:
            due["config"] = now + _CONFIG_S
            self._look_at_configuration()
        if now >= due["touch"]:
            # A session that nobody uses for a short while ends soon: it is looked at more often.
            idle = float(self.facts.get("idle_sec") or 0) or 8 * _TOUCH_S
            due["touch"] = now + min(_TOUCH_S, idle / 8)
            self._touch()
        if now >= due["tend"]:
            due["tend"] = now + _TEND_S
            self.realm.tend()

    def _follow(self, since: int | None) -> int | None:
        """Move the tabs whose sessions have ended since."""
        if not self.facts.get("changes") or not self._tabs:
            return None
        if since is None:
            # The number first, then a look at each tab: what ends between the two is seen by the look.
            _, since, _, _ = self.realm.changes(None)
            for tab in self._open_tabs():
                tab.look()
            return since
        more = True
        while more:
            changes, since, more, gap = self.realm.changes(since)
            for kind, session_id in changes:
                for tab in self._tabs_of(session_id):
                    tab.ended(kind)
            if gap:
                for tab in self._open_tabs():
                    tab.look()
        return since

    def _touch(self) -> None:
        """Slide the sessions of the tabs in which something was done since the last time."""
        if not self.facts.get("idle_sec") or self.facts.get("store") == "cookie":
            return
        for tab in self._open_tabs():
            if tab.active and tab.visit.cookie:
                tab.active = False
                identity = tab.visit.identity()
                if identity is not None and identity.touch_due:
                    tab.visit.realm.touch(tab.visit.cookie)
                    tab.look()


def _look_after(ref: weakref.ref[Site], wake: threading.Event) -> None:
    """Until the site is gone. What goes wrong once is tried again the next time."""
    watched = Watch()
    while True:
        wake.wait(_POLL_S)
        wake.clear()
        site = ref()
        if site is None:
            return
        try:
            site.look_after(watched)
        except _core.StoreError as error:
            _LOG.warning("the session store cannot be asked: %s", error)
            time.sleep(_CONFIG_S)
        except Exception:  # noqa: BLE001 - the thread must go on
            _LOG.exception("looking after the sessions failed")
            time.sleep(_CONFIG_S)
        del site


@final
class Tab:
    """An open WebSocket."""

    __slots__ = (
        "_held",
        "_loop",
        "_own",
        "_send",
        "_site",
        "_timer",
        "accepted",
        "active",
        "gone",
        "leaving",
        "set_cookies",
        "visit",
    )

    def __init__(self, site: Site, visit: visits.Visit, send: _Send) -> None:
        self._site = site
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._own: dict[str, str] | None = None
        """The paths of the pages by their hashes, as this session was told."""
        self._held: list[_Message] | None = None
        """What waits for the word of which page it is."""
        self.visit = visit
        self.accepted = False
        self.active = True
        """Whether the visitor did something lately."""
        self.gone = False
        self.leaving = False
        """Whether the browser is on its way elsewhere: another address would stop it there."""
        self.set_cookies: list[str] = []

    async def send(self, message: _Message) -> None:
        """What the app sends. A tab that was moved gets nothing more."""
        if self.gone:
            return
        kind = message["type"]
        if kind == "websocket.accept":
            self.accepted = True
            more = [(b"set-cookie", line.encode()) for line in self.set_cookies]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        elif kind == "websocket.send":
            data = message.get("bytes") or b""
            if _streamlit.is_redirect(data):
                self.leaving = True
            if self._site.facts.get("rules") and not await self._may_show(message, data):
                return
        await self._send(message)

    def receiving(self, receive: _Receive) -> _Receive:
        """What the browser sends."""

        async def received() -> _Message:
            message = await receive()
            while self.gone and message["type"] == "websocket.receive":
                message = await receive()  # of a tab that is on its way out
            self.active = True
            if message["type"] != "websocket.receive" or not self._site.facts.get("rules"):
                return message
            wanted = _streamlit.wanted_page(message.get("bytes") or b"")
            if wanted is None or await self._may_run(*wanted):
                return message
            # The page never runs: to the app the browser has gone.
            return {"type": "websocket.disconnect", "code": 4401}

        return received

    async def _may_run(self, page: str, name: str, query: str) -> bool:
        """Whether the rules let this visitor have the page of this hash and name; else the browser
        is sent to its address, where the middleware says what to do."""
        pages = self._site.pages
        wanted = pages.wanted(page, name, self._own)
        if wanted is None:
            await self._move(self._address(START))
            return False
        try:
            identity = await self._identity()
        except _core.StoreError:
            await self._close(1013)
            return False
        for path in wanted:
            if self.visit.realm.access(f"/{path}", identity) == _core.ALLOWED:
                continue
            if path == START and name and not page and not pages.complete:
                self._held = self._held or []
                continue
            await self._move(self._address(path) + (f"?{query}" if query else ""))
            return False
        return True

    async def _may_show(self, message: _Message, data: bytes) -> bool:
        """Whether a message to the browser may go there now. Before the first run of all has told
        of the pages, a name that is allowed may still be that of no page, and the start page run in
        its place: what such a run shows is held back until it has told."""
        told = _streamlit.told_pages(data)
        pages = self._site.pages
        if told is not None:
            pages.learn(told)
            self._own = self._own if told.pages is None else told.pages
            if not (told.pages is None and pages.is_main(told.runs)):
                if not await self._may_run(told.runs, "", ""):
                    return False
                if told.pages is not None:
                    await self._release()
        if self._held is None and pages.complete:
            return True
        ended = _streamlit.is_finished(data)
        pages.complete = pages.complete or ended
        if self._held is None:
            return True
        if ended or len(self._held) >= _MOST_HELD:
            await self._move(self._address(START))
        else:
            self._held.append(message)
        return False

    async def _release(self) -> None:
        held, self._held = self._held or [], None
        for message in held:
            await self._send(message)

    def _address(self, path: str) -> str:
        """Where a page is. One whose name begins with a slash must not become another host."""
        base = self._site.facts.get("base_path") or ""
        return f"{base}/{quote(path.strip('/'), safe='')}"

    async def _identity(self) -> _core.Identity | None:
        if self.visit.cookie and self._site.facts.get("blocking"):
            return await self._loop.run_in_executor(self._site.readers, self.visit.identity)
        return self.visit.identity()

    # Called from the watching thread as well

    def ended(self, kind: int) -> None:
        """The session is over; a renewed one goes on under its new cookie."""
        if kind == _RENEWED:
            self._soon(self._close(1000))
        elif self.leaving or self.visit.left:
            self._loop.call_soon_threadsafe(self._arm, _LEAVING_S)
        else:
            self._soon(self._leave(self._site.signed_out_url(_WHY.get(kind, ""))))

    def look(self) -> None:
        """Look at the session: one that is over is left, else its end is waited for."""
        if self.visit.cookie:
            self._soon(self._look())

    def _soon(self, work: Any) -> None:
        try:
            asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()  # the loop has ended, and the socket with it

    async def _look(self) -> None:
        if self.gone:
            return
        try:
            identity = await self._identity()
        except _core.StoreError:
            self._arm(1.0)
            return
        if identity is None:
            await self._leave(self._site.signed_out_url("expired"))
            return
        if not self.visit.session_id:
            self._site.name_tab(self, identity.session_id)
        self._arm(identity.expires_at - time.time() + 0.05)

    def _arm(self, seconds: float) -> None:
        if self.gone:
            return
        if self._timer is not None:
            self._timer.cancel()
        seconds = min(max(seconds, 0.05), _LONGEST_TIMER_S)
        self._timer = self._loop.call_later(seconds, self.look)

    async def _leave(self, url: str) -> None:
        """Send the browser to a page that says why. The socket stays for a while: a front end that is
        faster back than the page is there would be sent on to a sign-in."""
        if await self._send_to(url):
            closing = {"type": "websocket.close", "code": 4401}
            self._timer = self._loop.call_later(
                _LEAVING_S, lambda: self._soon(self._quietly(closing))
            )

    async def _move(self, url: str) -> None:
        """Send the browser somewhere else, and close."""
        if await self._send_to(url):
            await self._quietly({"type": "websocket.close", "code": 4401})

    async def _send_to(self, url: str) -> bool:
        """Send the browser somewhere else; False where it is there already, or not here yet."""
        if self.gone:
            return False
        if not self.accepted:
            self._arm(0.1)
            return False
        if self._timer is not None:
            self._timer.cancel()
        self.gone = True
        self.visit.leave()
        await self._quietly({"type": "websocket.send", "bytes": _streamlit.redirect_frame(url)})
        return True

    async def _close(self, code: int) -> None:
        """Close, so that the browser connects again, with the cookie that it has now."""
        if self.gone:
            return
        self.gone = True
        await self._quietly({"type": "websocket.close", "code": code})

    async def _quietly(self, message: _Message) -> None:
        try:
            await self._send(message)
        except (RuntimeError, OSError):
            self.gone = True  # the browser was quicker
        except Exception as error:  # noqa: BLE001 - each server has its own word for a closed socket
            _LOG.debug("a socket had gone: %s", error)

    def end(self) -> None:
        """The socket is over."""
        self.gone = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
