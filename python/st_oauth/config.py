"""Gathers the configuration of a gate and hands it to the engine.

Nothing here knows a key, a default or a rule: the engine has the table of keys. This file knows
where settings come from, and keeps the opened gates so that a rerun costs next to nothing.
"""

from __future__ import annotations

import json
import logging
import marshal
import os
import threading
import time
from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import Any

import streamlit as st

from . import _core, sources

_LOG = logging.getLogger("st_oauth")
_BLOCK = "oauth"
_ENVIRONMENT = "ST_OAUTH_CONFIG"
_LOOK_AGAIN_S = 1.0
_MAX_DICTS = 64

_Stamps = tuple[tuple[str, tuple[int, int, int] | None], ...]


class Opened:
    """A configuration as it was found, and the gate it opened, if any."""

    __slots__ = (
        "errors",
        "facts",
        "gate",
        "gate_id",
        "look_again",
        "reference",
        "request",
        "secrets",
        "seen",
    )

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.gate, found = _core.open_gate(sources.dumps(request))
        findings: list[dict[str, Any]] = json.loads(found)
        self.errors = [finding for finding in findings if finding["severity"] == "error"]
        self.reference = _log_errors(self.errors)
        warn(finding for finding in findings if finding["severity"] != "error")
        self.gate_id = ""
        self.facts: dict[str, Any] = {}
        if self.gate is not None:
            self.gate_id = self.gate.id
            self.facts = json.loads(self.gate.facts)
            gates[self.gate_id] = self.gate
        self.secrets: Any = None
        self.seen: Any = None
        self.look_again = 0.0


class _Environment:
    """Whether the environment holds the configuration. A look that finds nothing costs more than all
    else of a rerun, so it is taken once a second, and when variables have come or gone."""

    __slots__ = ("_count", "_look_again", "_set")

    def __init__(self) -> None:
        self._count = -1
        self._look_again = 0.0
        self._set = False

    def is_set(self) -> bool:
        """Whether the variable is there."""
        count = len(os.environ)
        now = time.monotonic()
        if count != self._count or now >= self._look_again:
            self._count = count
            self._look_again = now + _LOOK_AGAIN_S
            self._set = _ENVIRONMENT in os.environ
        return self._set


_environment = _Environment()

gates: dict[str, _core.Gate] = {}
"""Every gate this process has opened, by its id."""

_blocks: dict[str, Opened] = {}
_dicts: dict[bytes, Opened] = {}
_lock = threading.Lock()
_warned: set[str] = set()
_references: dict[str, str] = {}


def opened(config: str | Mapping[str, Any] | None) -> Opened:
    """The gate for what was given to `st_oauth()`."""
    if config is None:
        config = _BLOCK
    if type(config) is str:
        known = _blocks.get(config)
        if (
            known is not None
            and time.monotonic() < known.look_again
            and known.secrets is st.secrets
        ):
            return known
        return _look_at_block(config)
    if type(config) is dict or isinstance(config, Mapping):
        return opened("") if _environment.is_set() else _look_at_dict(config)
    if isinstance(config, str):
        return opened(str(config))
    raise TypeError(
        "st_oauth() takes the name of a block in secrets.toml or a mapping with the settings, "
        f"not {type(config).__name__}"
    )


def gate_by_id(gate_id: str) -> _core.Gate | None:
    """A gate of this app; blocks that no call has opened yet in this process are tried too."""
    if gate_id not in gates:
        _, blocks = _secrets()
        for name in blocks:
            if gate_id not in gates and name not in _blocks:
                _core_gate, _ = _core.open_gate(sources.dumps(_block_request(name)))
                if _core_gate is not None and _core_gate.id == gate_id:
                    gates[gate_id] = _core_gate
    return gates.get(gate_id)


def _look_at_block(block: str) -> Opened:
    """Open the gate of a block, or find that nothing has changed since."""
    with _lock:
        secrets = st.secrets
        seen = _what_is_there(block)
        known = _blocks.get(block)
        if known is None or known.seen != seen or known.secrets is not secrets or known.errors:
            request = _block_request(block)
            if known is None or known.request != request or known.errors:
                known = Opened(request)
            known.seen = seen
            known.secrets = secrets
            _blocks[block] = known
        known.look_again = time.monotonic() + _LOOK_AGAIN_S
        return known


def _look_at_dict(config: Mapping[str, Any]) -> Opened:
    """Open the gate of a mapping; equal content is the same gate."""
    content: Any = config
    try:
        key = marshal.dumps(content, 2)
    except ValueError:
        key = sources.dumps(list(sources.settings_of(config, {}))).encode()
    known = _dicts.get(key)
    if known is None or (known.errors and time.monotonic() >= known.look_again):
        with _lock:
            source = sources.source("dict")
            known = Opened(_request("", source, list(sources.settings_of(config, {}))))
            known.look_again = time.monotonic() + _LOOK_AGAIN_S
            while len(_dicts) >= _MAX_DICTS:
                del _dicts[next(iter(_dicts))]
            _dicts[key] = known
    return known


def _block_request(block: str) -> dict[str, Any]:
    """What the engine is asked for a block, wherever it comes from."""
    text = os.environ.get(_ENVIRONMENT)
    if text is not None:
        return _environment_request(block, text)
    error, blocks = _secrets()
    if error is not None:
        return _request(block, _unreadable(error), [])
    found = _read_files()
    source = sources.source("file", searched=[path for path, _ in found], blocks=list(blocks))
    if block not in blocks:
        present = [path for path, text in found if text is not None]
        source.update(state="missing_block", file=present[0] if present else None)
        return _request(block, source, [])
    lines: dict[tuple[str, ...], int] = {}
    for path, content in found:
        where = sources.lines_of(content, block)
        if where:
            source.update(file=path, line=where.get((), 0))
            lines = where
    return _request(block, source, list(sources.settings_of(blocks[block], lines)))


def _environment_request(block: str, text: str) -> dict[str, Any]:
    """The settings of the environment variable, which takes the place of blocks and dicts."""
    source, settings = sources.from_environment(_ENVIRONMENT, text)
    if _ENVIRONMENT not in _warned:
        _warned.add(_ENVIRONMENT)
        _LOG.warning("%s is set: it takes the place of every block and dict", _ENVIRONMENT)
    return _request(block, source, list(sources.settings_of(settings, {})))


def _request(block: str, source: dict[str, Any], settings: list[dict[str, Any]]) -> dict[str, Any]:
    facts = {
        "port": st.get_option("server.port") or 0,
        "base_path": (st.get_option("server.baseUrlPath") or "").strip("/"),
    }
    return {"block": block, "source": source, "settings": settings, "facts": facts}


def _secrets() -> tuple[Exception | None, dict[str, Mapping[str, Any]]]:
    """The blocks in st.secrets, or why they cannot be read."""
    try:
        secrets: Any = st.secrets
        return None, {
            str(name): secrets[name] for name in secrets if isinstance(secrets[name], Mapping)
        }
    except Exception as error:  # noqa: BLE001 - by version Streamlit raises several kinds
        return error, {}


def _unreadable(error: Exception) -> dict[str, Any]:
    """Why there are no secrets: no file, or one that is broken."""
    said = str(error).splitlines()
    for path, text in _read_files():
        found = sources.broken(path, text, said[0] if said else type(error).__name__)
        if found is not None:
            return found
    return sources.source("file", state="missing_file", searched=sources.secret_files())


def _what_is_there(block: str) -> Any:
    """What a later look is compared with. Both are needed: Streamlit reads a changed file a little
    later than its stamp changes, and secrets may come from elsewhere than files."""
    error, blocks = _secrets()
    values = None if error is not None else sources.plain(blocks.get(block))
    names = sorted(blocks)
    return _stamps(), sources.dumps(values), names, type(error), os.environ.get(_ENVIRONMENT)


def _stamps() -> _Stamps:
    return tuple((path, sources.stamp(path)) for path in sources.secret_files())


def _read_files() -> list[tuple[str, str | None]]:
    """The text of every secrets file that may be there; the later ones count."""
    return [(path, sources.read(path)) for path in sources.secret_files()]


def _log_errors(errors: list[dict[str, Any]]) -> str:
    """Log every set of errors once. Returns the reference that the log and the page both show."""
    text = "\n".join(str(error["message"]) for error in errors)
    if text and text not in _references:
        _references[text] = token_hex(4)
        _LOG.error("%s (reference %s)", text, _references[text])
    return _references.get(text, "")


def warn(findings: Iterable[dict[str, Any]]) -> None:
    """Log every warning once."""
    for finding in findings:
        text = str(finding["message"])
        if text not in _warned:
            _warned.add(text)
            _LOG.warning("%s", text)
