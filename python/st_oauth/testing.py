"""Signed-in visitors for tests with Streamlit's AppTest.

with st_oauth.testing.signed_in("alice"):                           # for st_oauth()
    at = AppTest.from_file("app.py").run()

with st_oauth.testing.user(name="Alice", roles=["admin"]):          # for user
    at = AppTest.from_file("app.py").run()
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from . import _streamlit, gate, shared
from .config import opened

__all__ = ["signed_in", "user"]

_Config = str | Mapping[str, Any] | None


@contextmanager
def signed_in(
    identity: Any = None, *, config: _Config = None, claims: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Every `st_oauth()` returns `identity` meanwhile, without any configuration or provider.

    `config`: the gate this is meant for, as `st_oauth()` is given it; the others go on asking.
    `claims`: what the token says. Without an identity it is taken out of them as the gate's
    configuration says, which has to be there then (`identity_field_in_token`).

    For tests only: refused outside of pytest and AppTest, and in a process that serves an app.
    AppTest runs the script in a thread of its own, so this counts for the whole process.
    """
    _refuse_outside_tests("signed_in")
    if identity is None and claims is None:
        raise ValueError(
            "signed_in() needs an identity or claims; leave it out for a visitor without one"
        )
    before = gate.test_identity

    def identity_of(settings: _Config) -> Any:
        if config is not None and not _same(config, settings):
            return before(settings) if before is not None else None
        return identity if identity is not None else _identity_in(claims or {}, settings)

    gate.test_identity = identity_of
    try:
        yield
    finally:
        gate.test_identity = before


class _Identity(NamedTuple):
    """Who a test says it is."""

    subject: str
    provider: str
    claims: str
    id_token: str
    access_token: str
    expires_at: float

    def __repr__(self) -> str:
        return "<the user of a test>"


class _Visit:
    """The visit of every session in a test."""

    def __init__(self, identity: _Identity | None, exposed: list[str]) -> None:
        self.realm = None
        self.cookie = ""
        self.facts: dict[str, Any] = {"expose_tokens": exposed}
        self._identity = identity

    def identity(self, run: object = None) -> _Identity | None:
        return self._identity

    def leave(self) -> None:
        """`user.logout()`: for the rest of the test it is a stranger's."""
        self._identity = None


_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


@contextmanager
def user(
    claims: Mapping[str, Any] | None = _EMPTY,
    *,
    provider: str = "test",
    tokens: Mapping[str, str] = _EMPTY,
    **more_claims: Any,
) -> Iterator[None]:
    """`st_oauth.user` is somebody with these claims meanwhile, without any configuration, middleware
    or provider: `user(name="Ada", email="ada@example.com", roles=["admin"])`.

    `claims`: the same as a mapping; `user(None)` is a visitor who is not signed in. Without `sub` it
    is "test", and an address counts as verified unless the claims say otherwise. `tokens`: what
    `user.tokens` holds, by the names `id` and `access`. `user.logout()` signs out for the rest of
    the block.

    For tests only, as `signed_in()`; and like it for the whole process.
    """
    _refuse_outside_tests("user")
    if set(tokens) - {"id", "access"}:
        raise ValueError("tokens of a user are called id and access")
    if claims is None and more_claims:
        raise ValueError("user(None) is a visitor who is not signed in: there are no claims then")
    identity = None
    if claims is not None:
        held: dict[str, Any] = {"sub": "test", **claims, **more_claims}
        if "email" in held:
            held.setdefault("email_verified", True)
        identity = _Identity(
            subject=str(held["sub"]),
            provider=provider,
            claims=json.dumps(held),
            id_token=tokens.get("id", ""),
            access_token=tokens.get("access", ""),
            expires_at=time.time() + 3600,
        )
    module: Any = importlib.import_module(".user", __package__)
    before = module.test_visit
    module.test_visit = _Visit(identity, list(tokens))
    try:
        yield
    finally:
        module.test_visit = before


def _refuse_outside_tests(name: str) -> None:
    testing = "pytest" in sys.modules or "streamlit.testing.v1.app_test" in sys.modules
    if not testing or _streamlit.serving():
        raise RuntimeError(f"st_oauth.testing.{name}() works in tests only (pytest or AppTest)")


def _same(config: _Config, settings: _Config) -> bool:
    """Whether both mean one gate."""
    if isinstance(config, Mapping) and isinstance(settings, Mapping):
        return dict(config) == dict(settings)
    return config == ("oauth" if settings is None else settings)


def _identity_in(claims: Mapping[str, Any], settings: _Config) -> Any:
    """The identity as the engine finds it: the claim of that name, or the path with dots."""
    facts = opened(settings).facts
    if not facts:
        raise ValueError("signed_in(claims=...) needs a gate with a correct configuration")
    return shared.identity_in(claims, str(facts["identity_field"]))
