"""A gate in an app with native sign-in: `st_oauth()` where a middleware carries the session.

There is one session then, and one login. A gate that means a provider of `[auth]` takes the visitor
from the session; only one with a registration of its own goes its own way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from . import _streamlit, config, navigate, page, visits
from .user import who_is

_Settings = str | Mapping[str, Any] | None

_METADATA: Final = "/.well-known/openid-configuration"


class Part(NamedTuple):
    """What a gate means of `[auth]`."""

    provider: str | None
    """The name of the provider; None: whichever the visitor chooses."""
    field: str | None
    """The claim that the gate's own block names; None: the provider's."""


def part_of(facts: Mapping[str, Any], settings: _Settings) -> Part | None:
    """What the gate means of `[auth]`; None where it is a registration of its own.

    That is the provider of the same address and client, or the one that is called so. `st_oauth()`
    without a name, where there is no block of its own for it, means every provider.
    """
    providers = facts.get("providers") or []
    if settings == "auth":
        # st.secrets may hold more there than was written; see _streamlit.native_secrets().
        return Part(None, None)
    opened = config.opened(settings)
    if opened.gate is None:
        return None if isinstance(settings, Mapping) else _named(providers, settings, opened)
    here = (opened.facts.get("client_id"), _address(opened.facts))
    for one in providers:
        if here == (one.get("client_id"), _address(one)):
            return Part(str(one["name"]), str(opened.facts["identity_field"]))
    return None


def _named(
    providers: list[Mapping[str, Any]], settings: str | None, opened: config.Opened
) -> Part | None:
    if opened.request["source"]["state"] not in ("missing_block", "missing_file"):
        return None  # the block is there, and wrong: that has to be said
    if settings is None:
        return Part(None, None)
    name = settings.removeprefix("auth.")
    return Part(name, None) if any(one.get("name") == name for one in providers) else None


def _address(facts: Mapping[str, Any]) -> str:
    """Where a provider is: its issuer and the address of its metadata are the same."""
    return str(facts.get("provider_url") or "").removesuffix(_METADATA).rstrip("/")


def sign_in(
    visit: visits.Visit,
    part: Part,
    label: str,
    logout: str | None,
    required: bool,
    sign_out: Callable[[], None],
) -> Any:
    """See `st_oauth.st_oauth`: the identity of the session, or the link that leads to the login."""
    who = who_is(visit)
    if who is not None and part.provider in (None, who.provider):
        if logout is not None and not _streamlit.in_callback():
            page.show_logout(logout, "session", sign_out)
        return identity_in(json.loads(who.claims), part.field or _field(visit, who.provider))
    if required:
        navigate.show_link(label, visit.facts, part.provider)
        navigate.stop()
    return None


def _field(visit: visits.Visit, provider: str) -> str:
    """The claim that the configuration of a provider names."""
    for one in visit.facts.get("providers") or []:
        if one.get("name") == provider:
            return str(one.get("identity_field") or "sub")
    return "sub"


def identity_in(claims: Mapping[str, Any], field: str) -> Any:
    """The identity as the engine finds it: the claim of that name, or the path with dots."""
    value: Any = claims
    if field in claims:
        value = claims[field]
    else:
        for name in field.split("."):
            value = _step(value, name)
    return "OK" if value is None or value == "" else value


def _step(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        return value[int(name)]
    return None
