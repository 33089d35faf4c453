"""Audit events: one JSON line for each thing that happened, on the logger `st_oauth`.

A line holds no token, code, state or cookie. Anybody can open an address with a made-up answer as
often as he likes, so refusals of one kind are written one by one only up to a number; what comes
beyond that within the same time is told as one line with the count.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

_LOG = logging.getLogger("st_oauth")
_FIELDS = ("reason", "group", "reference", "hint", "detail")
_WINDOW_S = 60.0
"""The time over which refusals of one kind are counted."""
_MAX_LINES = 20
"""Refusals of one kind that are written one by one within that time."""

_Kind = tuple[str, str, str]
"""Event, gate and reason: all three out of small fixed sets."""


class _Window:
    """The refusals of one kind since the first of them."""

    __slots__ = ("began_at", "held_back", "written")

    def __init__(self, began_at: float) -> None:
        self.began_at = began_at
        self.written = 0
        self.held_back = 0


class Audit:
    """Writes events, and of a flood of refusals the first ones and a count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, timed: bool = True) -> None:
        self._clock = clock
        self._timed = timed
        self._lock = threading.Lock()
        self._windows: dict[_Kind, _Window] = {}
        self._timer: threading.Timer | None = None

    def record(self, event: str, gate_id: str, answer: Mapping[str, Any]) -> None:
        """Write what happened; `answer` is the engine's, of which only harmless fields are taken."""
        line = {"event": event, "gate": gate_id}
        for name in _FIELDS:
            if answer.get(name):
                line[name] = str(answer[name])
        if "reason" not in line:
            _LOG.info("%s", json.dumps(line))
            return
        self.summarise()
        if self._may_write((event, gate_id, line["reason"])):
            _LOG.warning("%s", json.dumps(line))

    def summarise(self) -> None:
        """Write the count of each kind whose time is over."""
        for kind, window in self._over():
            event, gate_id, reason = kind
            line = {
                "event": "refusals_summarised",
                "gate": gate_id,
                "of": event,
                "reason": reason,
                "count": window.held_back,
                "seconds": round(self._clock() - window.began_at),
            }
            _LOG.warning("%s", json.dumps(line))

    def _may_write(self, kind: _Kind) -> bool:
        with self._lock:
            window = self._windows.setdefault(kind, _Window(self._clock()))
            if window.written < _MAX_LINES:
                window.written += 1
                return True
            window.held_back += 1
            self._wake_later()
            return False

    def _over(self) -> list[tuple[_Kind, _Window]]:
        now = self._clock()
        with self._lock:
            over = [
                (kind, window)
                for kind, window in self._windows.items()
                if now - window.began_at >= _WINDOW_S
            ]
            for kind, _ in over:
                del self._windows[kind]
        return [(kind, window) for kind, window in over if window.held_back]

    def _wake_later(self) -> None:
        """The count is told even if nothing more happens. Called under the lock."""
        if self._timer is not None or not self._timed:
            return
        self._timer = threading.Timer(_WINDOW_S, self._wake)
        self._timer.daemon = True
        self._timer.start()

    def _wake(self) -> None:
        with self._lock:
            self._timer = None
        self.summarise()
        with self._lock:
            if any(window.held_back for window in self._windows.values()):
                self._wake_later()

    def event(
        self, event: Mapping[str, Any], listener: Callable[[dict[str, Any]], None] | None
    ) -> None:
        """Write an event of native sign-in, which the engine made, and hand it to the app's listener.
        A listener is told of every one; the log has of a flood what `record` has."""
        name = str(event.get("event"))
        if "reason" not in event:
            _LOG.info("%s", json.dumps(event))
        else:
            self.summarise()
            if self._may_write((name, "", str(event["reason"]))):
                _LOG.warning("%s", json.dumps(event))
        if listener is not None:
            try:
                listener(dict(event))
            except Exception:  # noqa: BLE001 - a hook must not break a sign-in
                _LOG.exception("on_event failed")


_AUDIT = Audit()
record = _AUDIT.record
event = _AUDIT.event
"""Those of this process."""
