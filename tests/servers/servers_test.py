"""The servers of the tests do what the tests rest on."""

import base64
import hashlib
import http.client
import json
import os
import urllib.parse
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from servers.oidc_provider import AWKWARD_SECRET, PLAIN_SECRET, OidcProvider, clients
from servers.redis import Redis
from servers.streamlit_app import StreamlitApp

CALLBACK = "http://localhost:8501/"
AUDIENCE = "https://api.example.org/v1"
VERIFIER = "a-verifier-that-is-long-enough-for-the-rule-of-43-characters"


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    with OidcProvider(clients([CALLBACK]), ttl_sec=5) as started:
        yield started


def authorize_url(provider: OidcProvider, client_id: str, **more: str) -> str:
    challenge = (
        base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    )
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "scope": "openid email",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{provider.issuer}/auth?{urllib.parse.urlencode(query | more)}"


def redeem(
    provider: OidcProvider, callback: str, client_id: str, secret: str | None
) -> dict[str, Any]:
    """Take the code to the token endpoint, the client named as RFC 6749 section 2.3.1 says."""
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(callback).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if secret and client_id != "post":
        pair = f"{urllib.parse.quote_plus(client_id)}:{urllib.parse.quote_plus(secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        form |= {"client_id": client_id} | ({"client_secret": secret} if secret else {})
    connection = http.client.HTTPConnection("127.0.0.1", provider.port, timeout=10)
    connection.request("POST", "/token", urllib.parse.urlencode(form), headers)
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    assert response.status == 200, body
    return dict(body)


def verified(provider: OidcProvider, token: str, alg: str, audience: str) -> dict[str, Any]:
    keys = jwt.PyJWKClient(f"{provider.issuer}/jwks")
    key = keys.get_signing_key_from_jwt(token)
    return dict(jwt.decode(token, key, algorithms=[alg], audience=audience, issuer=provider.issuer))


def test_discovery_answers(provider: OidcProvider) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", provider.port, timeout=10)
    connection.request("GET", "/.well-known/openid-configuration")
    metadata = json.loads(connection.getresponse().read())
    connection.close()
    assert metadata["issuer"] == provider.issuer
    assert metadata["code_challenge_methods_supported"] == ["S256"]


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [
        ("basic", PLAIN_SECRET),
        ("post", PLAIN_SECRET),
        ("public", None),
        ("awkward", AWKWARD_SECRET),
    ],
)
def test_a_login_by_plain_http_works_for_every_client(
    provider: OidcProvider, client_id: str, secret: str | None
) -> None:
    callback = provider.login(authorize_url(provider, client_id), "grace")
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(callback).query)["iss"] == [provider.issuer]
    tokens = redeem(provider, callback, client_id, secret)
    claims = verified(provider, tokens["id_token"], "RS256", client_id)
    assert claims["sub"] == "grace"
    assert claims["email"] == "grace@example.org"
    assert claims["nonce"] == "the-nonce"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_both_tokens_are_signed_with_the_algorithm_of_the_client(
    provider: OidcProvider, alg: str
) -> None:
    client_id = alg.lower()
    callback = provider.login(
        authorize_url(provider, client_id, audience=AUDIENCE, scope="openid api:read")
    )
    tokens = redeem(provider, callback, client_id, PLAIN_SECRET)
    assert verified(provider, tokens["id_token"], alg, client_id)["sub"] == "ada"
    access = verified(provider, tokens["access_token"], alg, AUDIENCE)
    assert access["sub"] == "ada"
    assert access["email"] == "ada@example.org"
    assert access["exp"] - access["iat"] == 5


def test_a_resource_indicator_gives_a_jwt_access_token(provider: OidcProvider) -> None:
    callback = provider.login(
        authorize_url(provider, "basic", resource=AUDIENCE, scope="openid api:read")
    )
    tokens = redeem(provider, callback, "basic", PLAIN_SECRET)
    assert verified(provider, tokens["access_token"], "RS256", AUDIENCE)["client_id"] == "basic"


def test_a_visitor_can_refuse(provider: OidcProvider) -> None:
    callback = provider.login(authorize_url(provider, "basic"), action="refuse")
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(callback).query)["error"] == [
        "access_denied"
    ]


def test_requests_are_counted(provider: OidcProvider) -> None:
    provider.forget_requests()
    assert provider.requests() == []
    callback = provider.login(authorize_url(provider, "basic"))
    redeem(provider, callback, "basic", PLAIN_SECRET)
    counted = provider.requests()
    assert counted[0] == ("GET", "/auth")
    assert counted.count(("POST", "/token")) == 1


def test_a_restart_keeps_keys_and_place() -> None:
    with OidcProvider(clients([CALLBACK])) as first:
        keys = first._get("GET", "/jwks")
        first.kill()
        with OidcProvider(clients([CALLBACK]), port=first.port) as second:
            assert second.issuer == first.issuer
            assert second._get("GET", "/jwks") == keys


def test_a_streamlit_app_is_gone_when_it_is_killed() -> None:
    with StreamlitApp("import streamlit", secrets='word = "xyzzy"\n') as app:
        assert app.url == f"http://localhost:{app.port}"
        secrets = app.workdir / ".streamlit" / "secrets.toml"
        assert secrets.read_text(encoding="utf-8") == 'word = "xyzzy"\n'
        pid = app.pid
        os.kill(pid, 0)
        app.kill()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_redis_server_keeps_what_it_was_told_through_a_kill() -> None:
    with Redis(maxmemory_policy="allkeys-lru") as redis:
        assert redis.command("SET", "a key", "two\r\nlines") == "+OK"
        redis.kill()
        with pytest.raises(OSError, match="No such file"):
            redis.command("PING")
        redis.start()
        assert redis.command("STRLEN", "a key") == ":10"
        with pytest.raises(RuntimeError, match="ERR"):
            redis.command("NONSENSE")
        assert redis.url == f"redis://127.0.0.1:{redis.port}"
        policy = "redis.call('INFO', 'memory'):match('maxmemory_policy:(%S+)')"
        assert redis.command("EVAL", f"return redis.status_reply({policy})", "0") == "+allkeys-lru"
