"""The secrets that tests use: each is registered, and after all tests no log may hold one of them.

`make test` looks through tests/.work/logs and everything else that was written down (tools/canary.py).
"""

import json
import re
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

WORK = Path(__file__).resolve().parent.parent / ".work"
REGISTER = WORK / "canaries.jsonl"
LOGS = WORK / "logs"
SHORTEST = 12
"""Shorter values stand in logs by chance."""

_SECRET_KEYS = re.compile(r"secret", re.IGNORECASE)
_PARAMETERS = ("code", "state", "nonce", "code_challenge", "id_token", "access_token")
_lock = threading.Lock()
_known: set[str] = set()


def register(value: str, kind: str = "secret") -> str:
    """Remember a secret, and give it back."""
    with _lock:
        if len(value) >= SHORTEST and value not in _known:
            _known.add(value)
            WORK.mkdir(exist_ok=True)
            with REGISTER.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"kind": kind, "value": value}) + "\n")
    return value


def register_url(url: str) -> None:
    """Remember what an address of a login holds: code, state, nonce, tokens."""
    parts = urlsplit(url)
    for text in (parts.query, parts.fragment):
        for name, values in parse_qs(text).items():
            if name in _PARAMETERS:
                for value in values:
                    register(value, name)


def _secrets_of(table: dict[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _secrets_of(value)
        elif _SECRET_KEYS.search(name) and not name.endswith("_file"):
            yield from (each for each in (value if isinstance(value, list) else [value]))


def register_settings(text: str) -> None:
    """Remember the secrets of a secrets.toml; one that is broken on purpose has none."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    for value in _secrets_of(table):
        if isinstance(value, str):
            register(value, "setting")


def keep_log(name: str, text: str) -> None:
    """Keep what a server has written, to be looked through after all tests."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with _lock, (LOGS / f"{name}.log").open("a", encoding="utf-8") as file:
        file.write(text)
