"""Where settings stand: secrets files, the environment, mappings. What the engine is told of them.

Read from the files themselves, because `st.secrets` knows no lines.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from .toml_lines import setting_lines


def source(kind: str, **more: Any) -> dict[str, Any]:
    """Where a configuration comes from, as the engine wants it told."""
    found: dict[str, Any] = {
        "kind": kind,
        "file": None,
        "state": "ok",
        "searched": [],
        "blocks": [],
        "detail": "",
        "line": 0,
    }
    found.update(more)
    return found


def secret_files() -> list[str]:
    """Every secrets file that may be there; the later ones count."""
    return [str(path) for path in st.get_option("secrets.files") or []]


def read(path: str) -> str | None:
    """The text of a file; None where it is not there, or is no text."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


def stamp(path: str) -> tuple[int, int, int] | None:
    """What changes when a file does; None where it is not there."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def toml_error(text: str) -> str:
    """What is wrong with a TOML text, with line and column; empty where nothing is."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return str(error)
    return ""


def broken(path: str, text: str | None, or_else: str = "") -> dict[str, Any] | None:
    """A file of which nothing can be read, as a source; None where it is not there, or is fine."""
    if text is None and not os.path.exists(path):
        return None
    detail = toml_error(text) if text is not None else "it cannot be read as UTF-8 text"
    detail = detail or or_else
    if not detail:
        return None
    line = re.search(r"line (\d+)", detail)
    return source(
        "file",
        file=path,
        state="broken_file",
        searched=secret_files(),
        detail=detail,
        line=int(line.group(1)) if line else 0,
    )


def from_environment(name: str, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The JSON object in an environment variable: the source, and the settings, if it is one."""
    found = source("environment", file=name)
    wrong = "it is no JSON object"
    try:
        settings: Any = json.loads(text)
    except ValueError as error:
        settings, wrong = None, str(error)
        found["line"] = getattr(error, "lineno", 0)
    if isinstance(settings, dict):
        return found, settings
    found.update(state="broken_file", detail=f"{name}: {wrong}")
    return found, {}


def lines_of(text: str | None, block: str) -> dict[tuple[str, ...], int]:
    """The lines of the settings of a block, by their path below it; empty where it is not there."""
    if text is None or toml_error(text):
        return {}
    where = {path[1:]: n for path, n in setting_lines(text).items() if path[:1] == (block,)}
    if where:
        where.setdefault((), min(where.values()))
    return where


def settings_of(
    value: Mapping[Any, Any], lines: Mapping[tuple[str, ...], int], path: tuple[str, ...] = ()
) -> Iterator[dict[str, Any]]:
    """Every setting as the engine wants it: path, value and line."""
    for name, item in value.items():
        here = (*path, str(name))
        if isinstance(item, Mapping) and item:
            yield from settings_of(item, lines, here)
        else:
            yield {"path": list(here), "value": plain(item), "line": _line(here, lines)}


def _line(path: tuple[str, ...], lines: Mapping[tuple[str, ...], int]) -> int | None:
    """The line of a setting, or of the inline table it stands in."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def plain(value: Any) -> Any:
    """A value as JSON can carry it. What it cannot carry becomes an object that names the type, so
    that the engine says what it wants there instead."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
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


def loads(text: str) -> Any:
    """JSON that a person wrote. ValueError where it is none."""
    return json.loads(text)


def dumps(value: Any) -> str:
    """JSON as the engine reads it."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
