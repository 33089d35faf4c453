"""The engine, as Python sees it. Text that goes in or comes out as JSON is described by
`include/stoauth/gate.h`. Every call that may block gives the GIL back meanwhile."""

from typing import Final, final

DONE: Final[int]
"""`Operation.step()`: finished; `result()` has the answer."""
WORKER: Final[int]
"""`Operation.step()`: call it again, where blocking is fine."""

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

class StoreError(Exception):
    """The session store could not be asked: nobody knows who is signed in."""

@final
class Realm:
    """Everything of one app that is behind its sign-in. Any thread; see
    `include/stoauth/realm.h`."""

    @property
    def facts(self) -> str:
        """JSON as `sto_realm_facts()` describes it."""
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
