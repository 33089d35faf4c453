"""The engine, as Python sees it. Text that goes in or comes out as JSON is described by
`include/stoauth/gate.h`. Every call that may block gives the GIL back meanwhile."""

from typing import Final, final

DONE: Final[int]
"""`Operation.step()`: finished; `result()` has the answer."""
WORKER: Final[int]
"""`Operation.step()`: call it again, where blocking is fine."""

ASK: Final[int]
"""`Visit.step()`: `question()` waits for `reply()`."""

HTTP: Final[int]
SOCKET: Final[int]
"""Kinds of requests."""

PASS: Final[int]
"""`Visit.verdict`: not ours, or allowed: hand it on."""
RESPOND: Final[int]
"""`Visit.verdict`: answer with status, headers and body."""
LEAVE: Final[int]
"""`Visit.verdict`: accept the socket, send the browser to `location`, and close it."""

ALLOWED: Final[int]
LOGIN: Final[int]
FORBIDDEN: Final[int]
"""What `Realm.access()` says."""

def open_realm(request: str) -> tuple[Realm, str]:
    """Check `[auth]` and open a realm with it; `request` and findings as for `open_gate()`, with the
    block "auth". Where a finding is an error it is a closed realm, which lets nobody in."""

def version() -> str:
    """The version of the engine, "0.1.0"."""

def open_gate(request: str) -> tuple[Gate | None, str]:
    """Check a configuration and open a gate with it.

    `request`: JSON `{"block": str, "source": {"kind": "file" | "dict" | "environment",
    "file": str | null, "state": "ok" | "missing_file" | "missing_block" | "broken_file",
    "searched": [str], "blocks": [str], "detail": str, "line": int},
    "settings": [{"path": [str, ...], "value": any, "line": int | null}, ...],
    "facts": {"port": int, "base_path": str}}`.

    Returns the gate, None where a finding is an error, and the findings as JSON: a list of
    `{"severity": "error" | "warning", "code": str, "file": str | null, "block": str,
    "key": str | null, "line": int | null, "message": str, "mend": str}`; `message` is the whole
    sentence for a person.
    """

@final
class Gate:
    """One configured gate. Immutable, any thread."""

    @property
    def id(self) -> str:
        """Stable over processes: names app, block, provider and client. 22 characters."""
    @property
    def facts(self) -> str:
        """JSON: `{"cookie": name of the browser cookie, "origin": "http://localhost:8501",
        "redirect_uri": str, "loopback": bool, "identity_field": str, "provider_host": str,
        "provider_url": str, "client_id": str}`."""
    def begin(self, request: str) -> Operation:
        """Begin a login. `request`: JSON `{"cookie": value of the browser cookie or "",
        "path": str, "query": str}` (where the visitor is, to return to).

        Result: `{"ok": true, "url": str, "cookie": {"name": str, "add": str, "keep": int,
        "max_age": int, "secure": bool}}`: the page appends "add" to the cookie's list (parts
        joined by "."), unless it holds it, and keeps the newest "keep". Or a refusal, see `finish`.
        """
    def finish(self, request: str) -> Operation:
        """Finish a login that came back. `request`: JSON `{"cookie": str,
        "params": {"code": [str], "state": [str], "iss": [str], "error": [str], ...}}`: every
        query parameter with all its values.

        Result: `{"ok": true, "path": str, "query": str, "warnings": [str]}` with `login()`; or
        `{"ok": false, "reason": stable name, "group": str, "sentence": for the visitor,
        "hint": for the operator, "detail": str, "reference": str, "path": str | null,
        "query": str | null}`; or `{"ok": false, "reason": "other_gate", "gate": id}`: the state
        belongs to another gate of this app, nothing was done.
        """

@final
class Operation:
    """A login under way. One thread at a time; dropping it is a refusal."""

    def step(self) -> int:
        """Go on: `WORKER` (call again where blocking is fine) or `DONE`."""
    def result(self) -> str:
        """The answer as JSON, once `step()` gave `DONE`."""
    def login(self) -> Login | None:
        """The login of a `finish` that succeeded."""

@final
class Login:
    """A finished login. Immutable, any thread; cannot be pickled; its repr shows no claim."""

    @property
    def expires_at(self) -> float:
        """Seconds since 1970 from which the login no longer counts: exp plus leeway."""
    @property
    def claims(self) -> str:
        """The claims of the token as JSON."""
    def identity(self, gate: Gate) -> object:
        """The identity where the login is this gate's and has not expired, else None.
        No network, no lock."""

class StoreError(RuntimeError):
    """The session store could not be asked: nobody knows who is signed in."""

@final
class Realm:
    """Everything of one app that is behind its sign-in. Any thread; see
    `include/stoauth/realm.h`."""

    @property
    def facts(self) -> str:
        """JSON as `sto_realm_facts()` describes it."""
    def handle(
        self,
        kind: int,
        method: str,
        path: bytes,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        loopback: bool,
        body: bytes,
        /,
    ) -> Visit:
        """The first door: one request, with its first step taken, which never blocks. `kind`: HTTP
        or SOCKET; `path`: as it came, with its percent-encoding and the base path."""
    def is_ours(self, path: bytes) -> bool:
        """Whether a raw path is one of our endpoints, whose posted body has to be read."""
    def strip(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """The headers without our cookies and without those that say who somebody is."""
    def access(self, page: str, identity: Identity | None, /) -> int:
        """What the rules say of a page, by its path below the base path: ALLOWED, LOGIN or
        FORBIDDEN."""
    def touch(self, cookie: str) -> str:
        """Slide the expiry of a session; a Set-Cookie value where it lives in its cookie. Blocks."""
    def refresh(self, cookie: str) -> str:
        """Renew the tokens of a session that end within half a minute. The stable name of a reason
        where that failed, else empty. Blocks."""
    def changes(self, since: int | None) -> tuple[list[tuple[int, bytes]], int, bool, bool]:
        """What ended after a number, or None to begin: kinds and session ids, the number to go on
        from, whether there is more, and whether something was lost. Blocks."""
    def tend(self) -> None:
        """Remove some of what has expired. Blocks."""
    def identify(self, cookie: str) -> Identity | None:
        """Who the session of a cookie's value is, None where nobody is signed in by it. Raises
        `StoreError` where nobody knows."""
    def login_ticket(self, request: str) -> str:
        """A sealed value that `/auth/login` takes as `t` for two minutes. `request`: JSON
        `{"provider": str | null, "params": {str: str}}`. Raises `ValueError` where there is no
        such provider, or a parameter may not be set."""
    def logout_ticket(self, cookie: str, everywhere: bool) -> str:
        """A one-time ticket that `/auth/logout` takes as `t` for two minutes, good for this
        session only."""

@final
class Visit:
    """One request on its way through a realm. One thread at a time; dropping it is a refusal."""

    @property
    def state(self) -> int:
        """DONE, WORKER or ASK: what the last step gave."""
    def step(self) -> int:
        """Go on: WORKER (call it again where blocking is fine), ASK or DONE."""
    def question(self) -> str:
        """After ASK: the question as JSON, `{"question": "on_login", "provider": str,
        "issuer": str, "subject": str, "claims": {...}}`."""
    def reply(self, reply: str) -> None:
        """The reply: JSON `{"allow": bool, "message": str}`. Whatever else denies."""
    @property
    def verdict(self) -> int:
        """PASS, RESPOND or LEAVE, once it is done; RuntimeError before, as the rest."""
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> list[tuple[bytes, bytes]]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def location(self) -> str:
        """Of LEAVE: where the browser is sent."""
    @property
    def cookie(self) -> str:
        """Of PASS: the value of the session cookie; empty for a stranger."""
    @property
    def session_id(self) -> bytes:
        """Of PASS: the session's name in the log of changes; empty for a stranger."""
    @property
    def events(self) -> str:
        """Audit events as a JSON list; empty where there are none."""

@final
class Identity:
    """Who somebody is, at one moment. Immutable, any thread; cannot be pickled; its repr shows
    no claim and no token. A token that is not there is an empty text."""

    @property
    def issuer(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def claims(self) -> str:
        """A JSON object."""
    @property
    def access_token(self) -> str: ...
    @property
    def id_token(self) -> str: ...
    @property
    def refresh_token(self) -> str: ...
    @property
    def created_at(self) -> float: ...
    @property
    def expires_at(self) -> float: ...
    @property
    def auth_time(self) -> float | None: ...
    @property
    def access_expires_at(self) -> float | None: ...
    @property
    def session_id(self) -> bytes: ...
    @property
    def touch_due(self) -> bool:
        """Whether a worker should call `Realm.touch()`."""
