"""The native API: what Streamlit itself makes of the cookies and secrets that it is given."""

import datetime
import json
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from st_oauth import _streamlit
from streamlit.errors import StreamlitAuthError

SECRET = "a-secret-that-never-leaves-this-process"
ORIGIN = "http://localhost:8501"
CLAIMS: dict[str, Any] = {
    "sub": "108",
    "name": "Zoë Ånström ✓",
    "email_verified": True,
    "groups": [f"group-{number}" for number in range(400)],
    "address": {"country": "SE"},
    "nothing": None,
}
TOKENS = {"id": "id-token", "access": "access-token"}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.web.server.starlette import starlette_websocket

    monkeypatch.setattr(starlette_websocket, "get_cookie_secret", lambda: SECRET)


def read_back(origin: str = ORIGIN, secret: str = SECRET, **more: Any) -> dict[str, Any]:
    """What Streamlit's handshake makes of the cookies."""
    from streamlit.web.server.starlette import starlette_websocket as native

    given = {"claims": CLAIMS, "provider": "google", "tokens": TOKENS, "exposed": ["id"]} | more
    cookies = dict(_streamlit.native_cookies(secret, ORIGIN, **given))
    user = native._get_signed_cookie_with_chunks(cookies, "_streamlit_user")
    tokens = native._get_signed_cookie_with_chunks(cookies, "_streamlit_user_tokens")
    if user is None or tokens is None:
        return {}
    return native._parse_decoded_user_cookie(user, origin) | {"tokens": json.loads(tokens)}


def test_claims_arrive_with_their_types() -> None:
    assert read_back() == CLAIMS | {
        "is_logged_in": True,
        "provider": "google",
        "tokens": {"id_token": "id-token"},
    }


def test_only_exposed_tokens_go_in() -> None:
    assert read_back(exposed=[])["tokens"] == {}
    assert read_back(exposed=["access"])["tokens"] == {"access_token": "access-token"}
    assert read_back(exposed=["id", "access"], tokens={"access": "a"})["tokens"] == {
        "access_token": "a"
    }


def test_no_claim_speaks_for_what_is_ours() -> None:
    claims = {
        "origin": "http://evil.example",
        "is_logged_in": False,
        "provider": "evil",
        "sub": "1",
    }
    assert read_back(claims=claims) == {
        "sub": "1",
        "is_logged_in": True,
        "provider": "google",
        "tokens": {"id_token": "id-token"},
    }


def test_another_origin_or_secret_counts_as_nobody() -> None:
    assert read_back(origin="http://evil.example") == {"tokens": {"id_token": "id-token"}}
    assert read_back(secret="another") == {}


def test_cookies_stand_in_a_header_as_they_are() -> None:
    for name, value in _streamlit.native_cookies(SECRET, ORIGIN, CLAIMS, "google", TOKENS, ["id"]):
        assert value.isascii()
        assert not set(value) & set(' ",;\\')
        assert name in ("_streamlit_user", "_streamlit_user_tokens")


def test_the_same_session_gives_the_same_user() -> None:
    assert read_back() == read_back()


# st.login() with [auth] of st_oauth

OURS: dict[str, Any] = {
    "type": "oidc",
    "provider": "google",
    "client_id": "app",
    "client_secret": "s",
    "default_ttl": "7d",
}
REDIRECT = "http://localhost:8501/auth/callback"


@pytest.fixture
def authlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streamlit, "find_spec", lambda name: object())


def validated(auth: dict[str, Any], provider: str = "default") -> str:
    """What st.login() says against a configuration."""
    from streamlit import auth_util
    from streamlit.runtime.secrets import AttrDict

    secrets = SimpleNamespace(load_if_toml_exists=lambda: True, get=lambda name: AttrDict(auth))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth_util, "secrets_singleton", secrets)
        try:
            auth_util.validate_auth_credentials(provider)
        except StreamlitAuthError as error:
            return str(error)
    return ""


@pytest.mark.usefixtures("authlib")
def test_missing_keys_are_supplied_for_the_unnamed_provider() -> None:
    assert validated(OURS)
    filled = _streamlit.native_secrets(OURS, REDIRECT, ["google"])["auth"]
    assert not validated(filled)
    assert {key: filled[key] for key in OURS} == OURS
    assert filled["redirect_uri"] == REDIRECT
    assert len(filled["cookie_secret"]) >= 32


@pytest.mark.usefixtures("authlib")
def test_missing_keys_are_supplied_for_named_providers() -> None:
    section = {"google": {"client_id": "app"}, "github": {"client_id": "b", "client_secret": "s"}}
    filled = _streamlit.native_secrets(section, REDIRECT, ["google", "github"])["auth"]
    for provider in ("google", "github", "default"):
        assert not validated(filled, provider)
    assert validated(filled, "unknown")


@pytest.mark.usefixtures("authlib")
def test_what_is_configured_stays_as_it_is() -> None:
    native = OURS | {
        "redirect_uri": "https://app.example/oauth2callback",
        "cookie_secret": "configured",
        "server_metadata_url": "https://accounts.google.com/.well-known/openid-configuration",
    }
    assert _streamlit.native_secrets(native, REDIRECT, ["google"]) == {}


def test_without_authlib_the_file_stays_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streamlit, "find_spec", lambda name: None)
    assert _streamlit.native_secrets(OURS, REDIRECT, ["google"]) == {}


def test_without_a_section_one_is_there_for_st_user() -> None:
    filled = _streamlit.native_secrets({}, REDIRECT, ["google"], ["access"])
    assert filled["auth"]["expose_tokens"] == ["access"]


@pytest.mark.usefixtures("authlib")
def test_values_that_an_app_refuses_are_left_out() -> None:
    section = OURS | {
        "when": datetime.date(2026, 1, 1),
        "list": [1, datetime.date(2026, 1, 1)],
        "google": {"at": datetime.time(1, 2), "client_id": "app"},
    }
    filled = _streamlit.native_secrets(section, REDIRECT, ["google"])
    st.App("app.py", secrets=filled)
    assert "when" not in filled["auth"]
    assert filled["auth"]["list"] == [1]


@pytest.mark.usefixtures("authlib")
def test_what_is_given_is_not_changed() -> None:
    section = {"google": {"client_id": "app"}}
    _streamlit.native_secrets(section, REDIRECT, ["google"])
    assert section == {"google": {"client_id": "app"}}
