"""Gathers the configuration of a gate and hands it to the engine.

Nothing here knows a key, a default or a rule: the engine has the table of keys. This file knows
where settings come from, and keeps the opened gates so that a rerun costs next to nothing.
"""

from __future__ import annotations

import json
import logging
import marshal
import os
import re
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping
from secrets import token_hex
from typing import Any

import streamlit as st

from . import _core
from .toml_lines import setting_lines

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
        self.gate, found = _core.open_gate(_dumps(request))
        findings: list[dict[str, Any]] = json.loads(found)
        self.errors = [finding for finding in findings if finding["severity"] == "error"]
        self.reference = _log_errors(self.errors)
        _warn(finding for finding in findings if finding["severity"] != "error")
        self.gate_id = ""
        self.facts: dict[str, Any] = {}
        if self.gate is not None:
            self.gate_id = self.gate.id
            self.facts = json.loads(self.gate.facts)
            gates[self.gate_id] = self.gate
        self.secrets: Any = None
        self.seen: Any = None
        self.look_again = 0.0


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
    if isinstance(config, Mapping):
        return opened("") if _ENVIRONMENT in os.environ else _look_at_dict(config)
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
                _core_gate, _ = _core.open_gate(_dumps(_block_request(name)))
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
        key = _dumps(list(_settings(config, {}))).encode()
    known = _dicts.get(key)
    if known is None or (known.errors and time.monotonic() >= known.look_again):
        with _lock:
            source = _source("dict")
            known = Opened(_request("", source, list(_settings(config, {}))))
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
        return _request(block, _unreadable_source(error), [])
    found = _read_files()
    source = _source("file", searched=[path for path, _ in found], blocks=list(blocks))
    if block not in blocks:
        present = [path for path, text in found if text is not None]
        source.update(state="missing_block", file=present[0] if present else None)
        return _request(block, source, [])
    lines: dict[tuple[str, ...], int] = {}
    for path, content in found:
        where = _lines_of(content, block)
        if where:
            source.update(file=path, line=where.get((), 0))
            lines = where
    return _request(block, source, list(_settings(blocks[block], lines)))


def _environment_request(block: str, text: str) -> dict[str, Any]:
    """The settings of the environment variable, which takes the place of blocks and dicts."""
    source = _source("environment", file=_ENVIRONMENT)
    settings: Any = None
    wrong = "it is no JSON object"
    try:
        settings = json.loads(text)
    except ValueError as error:
        wrong = str(error)
        source["line"] = getattr(error, "lineno", 0)
    if not isinstance(settings, dict):
        source.update(state="broken_file", detail=f"{_ENVIRONMENT}: {wrong}")
        settings = {}
    if _ENVIRONMENT not in _warned:
        _warned.add(_ENVIRONMENT)
        _LOG.warning("%s is set: it takes the place of every block and dict", _ENVIRONMENT)
    return _request(block, source, list(_settings(settings, {})))


def _request(block: str, source: dict[str, Any], settings: list[dict[str, Any]]) -> dict[str, Any]:
    facts = {
        "port": st.get_option("server.port") or 0,
        "base_path": (st.get_option("server.baseUrlPath") or "").strip("/"),
    }
    return {"block": block, "source": source, "settings": settings, "facts": facts}


def _source(kind: str, **more: Any) -> dict[str, Any]:
    source: dict[str, Any] = {
        "kind": kind,
        "file": None,
        "state": "ok",
        "searched": [],
        "blocks": [],
        "detail": "",
        "line": 0,
    }
    source.update(more)
    return source


def _secrets() -> tuple[Exception | None, dict[str, Mapping[str, Any]]]:
    """The blocks in st.secrets, or why they cannot be read."""
    try:
        secrets: Any = st.secrets
        return None, {
            str(name): secrets[name] for name in secrets if isinstance(secrets[name], Mapping)
        }
    except Exception as error:  # noqa: BLE001 - by version Streamlit raises several kinds
        return error, {}


def _what_is_there(block: str) -> Any:
    """What a later look is compared with. Both are needed: Streamlit reads a changed file a little
    later than its stamp changes, and secrets may come from elsewhere than files."""
    error, blocks = _secrets()
    values = None if error is not None else _plain(blocks.get(block))
    names = sorted(blocks)
    return _stamps(), _dumps(values), names, type(error), os.environ.get(_ENVIRONMENT)


def _stamps() -> _Stamps:
    return tuple((path, _stamp(path)) for path in _secret_files())


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _secret_files() -> list[str]:
    return [str(path) for path in st.get_option("secrets.files") or []]


def _read_files() -> list[tuple[str, str | None]]:
    """The text of every secrets file that may be there; the later ones count."""
    return [(path, _read(path)) for path in _secret_files()]


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


def _unreadable_source(error: Exception) -> dict[str, Any]:
    """Why there are no secrets: no file, or one that is broken."""
    searched = _secret_files()
    for path in searched:
        text = _read(path)
        if text is None and not os.path.exists(path):
            continue
        detail = _toml_error(text) if text is not None else "it cannot be read as UTF-8 text"
        detail = detail or str(error).splitlines()[0]
        line = re.search(r"line (\d+)", detail)
        return _source(
            "file",
            file=path,
            state="broken_file",
            searched=searched,
            detail=detail,
            line=int(line.group(1)) if line else 0,
        )
    return _source("file", state="missing_file", searched=searched)


def _toml_error(text: str) -> str:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return str(error)
    return ""


def _lines_of(text: str | None, block: str) -> dict[tuple[str, ...], int]:
    """The lines of the settings of a block, by their path below it; empty where it is not there."""
    if text is None or _toml_error(text):
        return {}
    where = {path[1:]: n for path, n in setting_lines(text).items() if path[:1] == (block,)}
    if where:
        where.setdefault((), min(where.values()))
    return where


def _settings(
    value: Mapping[Any, Any], lines: Mapping[tuple[str, ...], int], path: tuple[str, ...] = ()
) -> Iterator[dict[str, Any]]:
    """Every setting as the engine wants it: path, value and line."""
    for name, item in value.items():
        here = (*path, str(name))
        if isinstance(item, Mapping) and item:
            yield from _settings(item, lines, here)
        else:
            yield {"path": list(here), "value": _plain(item), "line": _line(here, lines)}


def _line(path: tuple[str, ...], lines: Mapping[tuple[str, ...], int]) -> int | None:
    """The line of a setting, or of the inline table it stands in."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _plain(value: Any) -> Any:
    """A value as JSON can carry it. What it cannot carry becomes an object that names the type, so
    that the engine says what it wants there instead."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return int(value)
    if isinstance(value, float) and value - value == 0:
        return float(value)
    if isinstance(value, str) and _is_text(value):
        return str(value)
    return {"type": type(value).__name__}


def _is_text(value: str) -> bool:
    if "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _log_errors(errors: list[dict[str, Any]]) -> str:
    """Log every set of errors once. Returns the reference that the log and the page both show."""
    text = "\n".join(str(error["message"]) for error in errors)
    if text and text not in _references:
        _references[text] = token_hex(4)
        _LOG.error("%s (reference %s)", text, _references[text])
    return _references.get(text, "")


def _warn(findings: Iterator[dict[str, Any]]) -> None:
    """Every warning once."""
    for finding in findings:
        text = str(finding["message"])
        if text not in _warned:
            _warned.add(text)
            _LOG.warning("%s", text)
