"""The visits of this process: who a script answers for.

A visit is one open WebSocket, or one request of an agent. The middleware opens it with the session
cookie it has taken out of the scope, and puts a random handle in its place; a script finds its
visit by that handle, which means nothing in any other process and after the visit is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Final, final

if TYPE_CHECKING:
    from . import _core

COOKIE: Final = "st_oauth_visit"
"""The cookie that carries the handle into the scope of a WebSocket; a client's own is removed."""
HEADER: Final = "X-St-Oauth-Visit"
"""The header that carries it where a script sees no cookies; a client's own is removed, too."""
_RENEW_S: Final = 30.0
"""Tokens are renewed this long before they end, and a failure is tried again after this time."""
_BUSY_S: Final = 15.0
_KEPT_S: Final = 1.0
"""A run that lasts longer asks a networked store again."""

_visits: dict[str, Visit] = {}


@final
class Visit:
    """One visitor's way to a script. Only the middleware makes and ends one."""

    __slots__ = (
        "_kept",
        "cookie",
        "facts",
        "handle",
        "left",
        "realm",
        "renew_again",
        "session_id",
        "tell",
    )

    def __init__(
        self,
        realm: _core.Realm,
        facts: dict[str, Any],
        cookie: str,
        handle: str,
        session_id: bytes,
    ) -> None:
        self.realm = realm
        """The realm in force; a changed configuration puts its own here."""
        self.facts = facts
        """What `realm.facts` says, decoded."""
        self.cookie = cookie
        """The value of the session cookie; empty for a stranger."""
        self.handle = handle
        self.session_id = session_id
        """The session's name in the log of changes; empty for a stranger."""
        self.left = False
        """Whether the visitor signs out: the browser is on its way, and the session ends there."""
        self.renew_again = 0.0
        self.tell: Callable[[dict[str, Any]], None] | None = None
        """Gets the audit events of this visit."""
        self._kept: tuple[object, float, _core.Identity | None] | None = None

    def identity(self, run: object = None) -> _core.Identity | None:
        """Who this visit is of, None for a stranger. Raises `_core.StoreError` where nobody knows.

        `run`: what stands for the run of the script that asks; where the store is reached over a
        network the answer is kept for it.
        """
        if not self.cookie or self.left:
            return None
        if run is None or not self.facts.get("blocking"):
            return self.realm.identify(self.cookie)
        kept = self._kept
        now = time.monotonic()
        if kept is not None and kept[0] is run and now < kept[1]:
            return kept[2]
        identity = self.realm.identify(self.cookie)
        self._kept = (run, now + _KEPT_S, identity)
        return identity

    def renewed(self) -> _core.Identity | None:
        """As `identity()`, with tokens that do not end at this moment, where they can be renewed.
        Blocks: for a script's own thread."""
        who = self.identity()
        if who is None:
            return None
        end = who.access_expires_at
        if not who.refresh_token or end is None or end - time.time() > _RENEW_S:
            return who
        began = time.monotonic()
        if began < self.renew_again:
            return who
        # Another thread or process may be at it, and its answer will do.
        while (reason := self.realm.refresh(self.cookie)) == "refresh_busy":
            if time.monotonic() - began > _BUSY_S:
                break
            time.sleep(0.1)
        if reason:
            self.renew_again = time.monotonic() + _RENEW_S
            if self.tell is not None:
                self.tell({"event": "tokens_not_renewed", "reason": reason})
        self._kept = None
        return self.identity()

    def leave(self) -> None:
        """Be a stranger's from now on: the visitor signs out, and the browser is on its way."""
        self.left = True
        self._kept = None

    def __repr__(self) -> str:
        return "<st_oauth visit>"

    def __reduce__(self) -> str:
        raise TypeError("a visit means nothing in a file or another process")


def open_visit(
    realm: _core.Realm, facts: dict[str, Any], cookie: str, session_id: bytes = b""
) -> Visit:
    """A visit that scripts can find by its handle, until it is closed."""
    visit = Visit(realm, facts, cookie, token_urlsafe(16), session_id)
    _visits[visit.handle] = visit
    return visit


def close_visit(visit: Visit) -> None:
    """The WebSocket or request is over; closing twice is fine."""
    visit.leave()
    _visits.pop(visit.handle, None)


def carries() -> bool:
    """Whether a middleware carries visits in this process at the moment."""
    return bool(_visits)


def find(handle: str) -> Visit | None:
    """The open visit of a handle. Any thread, no lock: one look into a dict."""
    return _visits.get(handle)
