"""Gathers `[auth]`, the configuration of an app's sign-in, and sees when it changes.

Nothing here knows a key, a default or a rule: the engine has the table of keys. Files are read as
they are, never through `st.secrets`, which knows no lines and keeps a broken file's old content.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, final

import streamlit as st

from . import config, sources

_LOG = logging.getLogger("st_oauth")
_BLOCK: Final = "auth"
_ENVIRONMENT: Final = "ST_OAUTH_AUTH"
_LEFT: Final = "from_file"
"""In that variable: the keys that it leaves to the block it takes the place of."""
_LOOK_AGAIN_S: Final = 1.0
_CALLBACK: Final = "/auth/callback"


class Native(NamedTuple):
    """What the native API of Streamlit has to be told."""

    section: dict[str, Any]
    """`[auth]` as a script finds it in `st.secrets`; empty where it comes from elsewhere."""
    redirect_uri: str
    providers: list[str]
    exposed: list[str]
    """The tokens that a script may read."""


class _Found(NamedTuple):
    source: dict[str, Any]
    block: Mapping[Any, Any]
    lines: Mapping[tuple[str, ...], int]
    native: bool
    """Whether it is what `st.secrets` has."""


@final
class Watched:
    """`[auth]`, wherever it stands. The environment wins over `config`, which is the block itself,
    over `secrets`, which hold the block, and over the secrets files."""

    def __init__(
        self,
        config: Mapping[str, Any] | None = None,
        secrets: Mapping[str, Any] | None = None,
    ) -> None:
        self._config = config
        self._secrets = secrets
        self._lock = threading.Lock()
        self._seen: Any = None
        self._secret_files: list[str] = []
        self._source: dict[str, Any] = {}
        self._look_again = 0.0
        self._said = ""

    def request(self, port: int = 0) -> dict[str, Any]:
        """What the engine is asked. `port`: the server's own, where it is known."""
        with self._lock:
            # Looked at first: what changes while it is read is a change.
            seen = self._look()
            found = self._find()
            settings = list(_with_variables(sources.settings_of(found.block, found.lines)))
            if settings and found.source["state"] in ("missing_file", "missing_block"):
                found = found._replace(
                    source=sources.source("environment", file=f"{_ENVIRONMENT}_*")
                )
            files = _files_of(settings)
            if files != self._secret_files:
                self._secret_files = files
                seen = self._look()
            self._seen = seen
            self._source = found.source
        facts = {
            "port": port or st.get_option("server.port") or 0,
            "base_path": (st.get_option("server.baseUrlPath") or "").strip("/"),
        }
        return {"block": _BLOCK, "source": found.source, "settings": settings, "facts": facts}

    def changed(self) -> bool:
        """Whether a new request would say something else. Looks at most once a second."""
        now = time.monotonic()
        with self._lock:
            if now < self._look_again:
                return False
            self._look_again = now + _LOOK_AGAIN_S
            return bool(self._look() != self._seen)

    def say(self, findings: Iterable[Mapping[str, Any]], closed: bool, kept: bool = False) -> None:
        """Log what the engine found, each thing once. `closed`: it opens nothing; `kept`: an older
        configuration stays in force."""
        found = [dict(finding) for finding in findings]
        config.warn(finding for finding in found if finding["severity"] != "error")
        errors = [finding for finding in found if finding["severity"] == "error"]
        if kept:
            text = "\n".join(
                [
                    "The changed configuration is wrong, so the one before stays in force.",
                    *(str(error["message"]) for error in errors),
                ]
            )
        elif closed:
            text = "\n".join(why_closed(self._source, errors))
        else:
            text = ""
        if text and text != self._said:
            _LOG.error("%s", text)
        elif not text and self._said:
            _LOG.warning("The configuration is in order again.")
        self._said = text

    def native(self) -> Native:
        """What the native API needs to know, before the engine was asked anything."""
        found = self._find()
        settings = list(_with_variables(sources.settings_of(found.block, {})))
        values = {tuple(one["path"]): one["value"] for one in settings}
        exposed = values.get(("expose_tokens",), [])
        return Native(
            section=sources.plain(found.block) if found.native else {},
            redirect_uri=_redirect_uri(values),
            providers=[path[0] for path in values if len(path) == 2 and path[1] == "client_id"],
            exposed=[exposed] if isinstance(exposed, str) else _texts(exposed),
        )

    def _find(self) -> _Found:
        text = os.environ.get(_ENVIRONMENT)
        if text is None:
            return self._find_given()
        source, block = sources.from_environment(_ENVIRONMENT, text)
        left = _texts(block.pop(_LEFT, []))
        if left:
            given = self._find_given().block
            block = {name: given[name] for name in left if name in given} | block
        return _Found(source, block, {}, native=False)

    def _find_given(self) -> _Found:
        """The block where the environment does not hold it."""
        if self._config is not None:
            return _Found(sources.source("dict"), self._config, {}, native=False)
        if self._secrets is not None and _BLOCK in self._secrets:
            block = self._secrets[_BLOCK]
            if isinstance(block, Mapping):
                return _Found(sources.source("dict"), block, {}, native=True)
            return _Found(sources.source("dict", state="missing_block"), {}, {}, native=True)
        return _in_files()

    def _look(self) -> Any:
        """What tells a change. A file costs a `stat`."""
        variables = sorted(pair for pair in os.environ.items() if pair[0].startswith(_ENVIRONMENT))
        given = self._config
        if given is None and self._secrets is not None:
            given = {_BLOCK: self._secrets.get(_BLOCK)}
        content = None if given is None else sources.dumps(sources.plain(given))
        paths = [*sources.secret_files(), *self._secret_files]
        options = st.get_option("server.baseUrlPath")
        return variables, content, [(path, sources.stamp(path)) for path in paths], options


def why_closed(source: Mapping[str, Any], errors: list[dict[str, Any]]) -> list[str]:
    """Three lines for the terminal: where was looked, what is wrong, what to do."""
    first = errors[0] if errors else {"message": "Nobody knows why.", "mend": "See the log"}
    message, mend = str(first["message"]), str(first.get("mend") or "").rstrip(".")
    wrong = message.removesuffix(".").removesuffix(mend).rstrip(" .") or message
    more = len(errors) - 1
    wrong += f" (and {more} more; `st-oauth check` lists them)" if more > 0 else "."
    to_do = mend if "st-oauth dev" in mend else f"{mend}, or try `st-oauth dev app.py`"
    return [
        f"The app is closed, because its sign-in is not configured. {_where(source)}",
        f"What is wrong: {wrong}",
        f"What to do: {to_do}.",
    ]


def _where(source: Mapping[str, Any]) -> str:
    if source.get("kind") == "environment":
        return f"Looked at the environment: {source['file']}."
    if source.get("kind") == "dict":
        return "Looked at what was given to st_oauth.app()."
    searched = [str(path) for path in source.get("searched") or []]
    return f"Looked for [{_BLOCK}] in {' and '.join(searched) or 'no file'}."


def _in_files() -> _Found:
    """The block of the last file that has one, as Streamlit merges them."""
    searched = sources.secret_files()
    found: _Found | None = None
    present: list[str] = []
    blocks: list[str] = []
    for path in searched:
        text = sources.read(path)
        broken = sources.broken(path, text)
        if broken is not None:
            return _Found(broken, {}, {}, native=True)
        if text is None:
            continue
        present.append(path)
        values = tomllib.loads(text)
        blocks += [name for name, value in values.items() if isinstance(value, dict)]
        if isinstance(values.get(_BLOCK), dict):
            lines = sources.lines_of(text, _BLOCK)
            source = sources.source("file", file=path, line=lines.get((), 0), searched=searched)
            found = _Found(source, values[_BLOCK], lines, native=True)
        elif _BLOCK in values:
            found = None  # It hides a block of that name in an earlier file.
    if found is not None:
        return found
    state = "missing_block" if present else "missing_file"
    file = present[0] if present else None
    source = sources.source("file", file=file, state=state, searched=searched, blocks=blocks)
    return _Found(source, {}, {}, native=True)


def _with_variables(settings: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The settings, with those that have a variable of their own in the environment replaced:
    ST_OAUTH_AUTH_CLIENT_SECRET, and ST_OAUTH_AUTH_GOOGLE__CLIENT_SECRET for `[auth.google]`."""
    variables = dict(_variables())
    hidden = {other for path in variables for other in _same(path)}
    for setting in settings:
        path = tuple(setting["path"])
        if not any(path[:length] in hidden for length in range(1, len(path) + 1)):
            yield setting
    for path, name in variables.items():
        value = _value(os.environ[name])
        yield {"path": list(path), "value": value, "line": None, "variable": name}


def _variables() -> Iterator[tuple[tuple[str, ...], str]]:
    """The path of each setting that a variable sets, and the variable."""
    prefix = f"{_ENVIRONMENT}_"
    for name in sorted(os.environ):
        provider, two, key = name.removeprefix(prefix).lower().partition("__")
        path = (provider.replace("_", "-"), key) if two else (provider,)
        if name.startswith(prefix) and all(path):
            yield path, name


def _same(path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The setting itself, and the one that says the same by a file."""
    *block, key = path
    other = key.removesuffix("_file") if key.endswith("_file") else f"{key}_file"
    return [path, (*block, other)]


def _value(text: str) -> Any:
    """Lists, tables and booleans are written as in JSON; all else is the text as it is."""
    if text[:1] in ("[", "{") or text in ("true", "false"):
        try:
            return sources.plain(sources.loads(text))
        except ValueError:
            return text
    return text


def _files_of(settings: list[dict[str, Any]]) -> list[str]:
    """The files that hold a secret: one that changes is a changed configuration."""
    return [
        one["value"]
        for one in settings
        if one["path"][-1].endswith("_file") and isinstance(one["value"], str)
    ]


def _redirect_uri(values: Mapping[tuple[str, ...], Any]) -> str:
    """The one that the engine will come to, as far as it can be told from here."""
    port = st.get_option("server.port") or 0
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    known = values.get(("redirect_uri",))
    if isinstance(known, str) and known:
        return known.replace("{port}", str(port))
    public = values.get(("public_url",))
    if not (isinstance(public, str) and public):
        public = f"http://localhost:{port}" + (f"/{base}" if base else "")
    return public.rstrip("/") + _CALLBACK


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
