"""The expiry watch: one thread of the process that has a session run again when its login ends.

A tab that nobody touches, or in which only a fragment runs, would otherwise go on showing what
only a signed-in visitor may see.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import weakref
from typing import Protocol

from . import _streamlit
from ._core import Login

_MARGIN_S = 0.05
"""Looked at this much after the expiry, so that it has passed on the engine's clock."""
_AGAIN_S = 1.0
"""A session without a browser is looked at again after this time."""
_ASKS = 3
"""How often a session is asked for. A rerun that meets one of a fragment may be swallowed by it, so
the login is looked at again; a page without a gate keeps its old login, which is no reason to run
it for ever."""
_LONGEST_WAIT_S = 60.0
"""The clock may be set; nothing is waited for longer than this at once."""


class Holder(Protocol):
    """Where a session keeps its logins; it dies with the session."""

    logins: dict[str, Login]


_Entry = tuple[float, int, str, "weakref.ref[Holder]", str, Login, int]

_heap: list[_Entry] = []
_changed = threading.Condition()
_order = itertools.count()
_thread: threading.Thread | None = None


def watch(session_id: str, holder: Holder, gate_id: str, login: Login) -> None:
    """Rerun the session when the login has expired, unless it is gone or replaced by then."""
    global _thread
    due = login.expires_at + _MARGIN_S
    with _changed:
        _push((due, next(_order), session_id, weakref.ref(holder), gate_id, login, 0))
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="st_oauth expiry", daemon=True)
            _thread.start()


def _push(entry: _Entry) -> None:
    heapq.heappush(_heap, entry)
    if _heap[0] is entry:
        _changed.notify()


def _run() -> None:
    while True:
        with _changed:
            while not _heap or _heap[0][0] > time.time():
                wait = min(_heap[0][0] - time.time(), _LONGEST_WAIT_S) if _heap else None
                _changed.wait(wait)
            entry = heapq.heappop(_heap)
        asked = _expire(entry)
        if asked < _ASKS:
            with _changed:
                _push((time.time() + _AGAIN_S, *entry[1:-1], asked))


def _expire(entry: _Entry) -> int:
    """Ask for the rerun, and say how often that was done by now; _ASKS where nothing is left to
    do. Where the browser is away nobody was asked: it may come back to the old page."""
    _, _, session_id, ref, gate_id, login, asked = entry
    holder = ref()
    if holder is None or holder.logins.get(gate_id) is not login:
        return _ASKS
    return asked + 1 if _streamlit.ask_rerun(session_id) else asked
