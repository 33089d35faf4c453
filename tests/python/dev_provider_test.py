"""`st-oauth dev` over HTTP: every endpoint, and every refusal with its exact error."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import signal
import socket
import stat
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from servers.dev import DevProvider, busy, run
from servers.dev_browser import (
    BASIC,
    CHALLENGE,
    RETURN,
    VERIFIER,
    Answer,
    Browser,
    claims_of,
    decode,
    header_of,
    request_of,
)


@pytest.fixture(scope="module")
def provider() -> Iterator[DevProvider]:
    with DevProvider(
        *("--client", "spa"),
        *("--client", "od d:p%s&=:x"),
        *("--client", "edge:edge-secret"),
        *("--client-alg", "edge=EdDSA"),
        *("--redirect-uri", "https://app.example.com/callback?a=b"),
    ) as running:
        yield running
        assert running.stop() == 0


@pytest.fixture
def browser(provider: DevProvider) -> Browser:
    return Browser(provider.issuer)


# ---- what it says about itself


def test_the_metadata_names_every_endpoint(browser: Browser) -> None:
    answer = browser.get("/.well-known/openid-configuration")
    issuer = browser.issuer
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    said = answer.json
    assert said["issuer"] == issuer
    assert said["authorization_endpoint"] == issuer + "/authorize"
    assert said["token_endpoint"] == issuer + "/token"
    assert said["userinfo_endpoint"] == issuer + "/userinfo"
    assert said["jwks_uri"] == issuer + "/jwks"
    assert said["end_session_endpoint"] == issuer + "/logout"
    assert said["response_types_supported"] == ["code"]
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["authorization_response_iss_parameter_supported"] is True
    assert said["id_token_signing_alg_values_supported"] == ["RS256", "ES256", "EdDSA"]
    assert browser.get("/.well-known/oauth-authorization-server").json == said


def test_all_three_keys_are_published_and_nothing_private(browser: Browser) -> None:
    keys = browser.get("/jwks").json["keys"]
    assert [(key["kty"], key["alg"], key["use"]) for key in keys] == [
        ("RSA", "RS256", "sig"),
        ("EC", "ES256", "sig"),
        ("OKP", "EdDSA", "sig"),
    ]
    assert len({key["kid"] for key in keys}) == 3
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi"} & key.keys()


def test_health(browser: Browser) -> None:
    assert browser.get("/health").json == {"status": "ok", "issuer": browser.issuer}


def test_home_names_the_issuer(browser: Browser) -> None:
    assert browser.issuer in browser.get("/").text


def test_an_unknown_address_is_404(browser: Browser) -> None:
    assert browser.get("/nothing").status == 404
    assert browser.get("/avatar/nobody.svg").status == 404
    assert browser.get("/avatar/").status == 404


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/token", "POST"),
        ("POST", "/jwks", "GET, HEAD"),
        ("DELETE", "/authorize", "GET, HEAD, POST"),
        ("PUT", "/userinfo", "GET, HEAD, POST"),
    ],
)
def test_other_methods_are_405(browser: Browser, method: str, path: str, allow: str) -> None:
    answer = browser.ask(method, path, "" if method != "GET" else None)
    assert answer.status == 405
    assert answer.headers["allow"] == allow


def test_a_head_request_has_headers_only(browser: Browser) -> None:
    answer = browser.ask("HEAD", "/jwks")
    assert answer.status == 200
    assert answer.body == b""


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1:9400"])
def test_names_of_other_machines_are_not_answered(browser: Browser, host: str) -> None:
    assert browser.get("/jwks", Host=host).status == 421


# ---- the authorize page


def test_the_page_is_strict_and_not_kept(browser: Browser) -> None:
    answer = browser.authorize()
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    style = re.search(r"<style>(.*?)</style>", answer.body.decode(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in answer.text


def test_the_page_shows_every_persona(browser: Browser) -> None:
    page = browser.authorize().text
    for name in ("Ada Lovelace", "Grace Hopper", "Zoë Ångström", "Noor Haddad", "Short-lived Sam"):
        assert name in page
    assert "e-mail not verified" in page
    assert "tokens live 30 s" in page


def test_the_hinted_persona_comes_first(browser: Browser) -> None:
    page = browser.authorize(login_hint="grace@example.com").text
    assert page.index("Grace Hopper") < page.index("Ada Lovelace")
    assert "suggested by the app" in page


def test_the_request_may_be_posted(browser: Browser) -> None:
    answer = browser.post("/authorize", request_of())
    assert answer.status == 200
    assert "Ada Lovelace" in answer.text


def test_a_click_returns_with_code_state_and_iss(browser: Browser) -> None:
    answer = browser.choose(browser.authorize(), persona="ada")
    assert answer.status == 303
    assert answer.headers["location"].startswith(RETURN + "?")
    returned = answer.returned
    assert set(returned) == {"code", "state", "iss"}
    assert returned["state"] == "the state & more"
    assert returned["iss"] == browser.issuer


def test_a_query_of_the_redirect_uri_is_kept(browser: Browser) -> None:
    uri = "https://app.example.com/callback?a=b"
    answer = browser.choose(browser.authorize(redirect_uri=uri), persona="ada")
    assert answer.headers["location"].startswith(uri + "&code=")


def test_cancel_returns_access_denied(browser: Browser) -> None:
    answer = browser.choose(browser.authorize(), cancel="1")
    assert answer.status == 303
    assert answer.returned == {
        "error": "access_denied",
        "error_description": "the sign-in was cancelled",
        "state": "the state & more",
        "iss": browser.issuer,
    }


def test_someone_else_is_never_a_persona(browser: Browser) -> None:
    answer = browser.choose(browser.authorize(), name="Eve <b>", email="ada@example.com")
    claims = claims_of(browser.exchange(answer.returned["code"]).json["id_token"])
    assert claims["sub"] == "typed|ada@example.com"
    assert claims["name"] == "Eve <b>"


def test_a_page_is_answered_once(browser: Browser) -> None:
    page = browser.authorize()
    assert browser.choose(page, persona="ada").status == 303
    again = browser.choose(page, persona="ada")
    assert again.status == 400
    assert "This page has been used" in again.text


def test_nobody_of_that_name_leaves_the_page_open(browser: Browser) -> None:
    page = browser.authorize()
    assert browser.choose(page, persona="nobody").status == 400
    assert browser.choose(page, name="Eve", email="no address").status == 400
    assert browser.choose(page, persona="ada").status == 303


def test_another_browser_cannot_click(browser: Browser) -> None:
    page = browser.authorize()
    other = Browser(browser.issuer)
    answer = other.choose(page, persona="ada")
    assert answer.status == 403
    other.authorize()
    assert other.choose(page, persona="ada").status == 403


def test_a_click_needs_the_token_of_the_page(browser: Browser) -> None:
    fields = browser.hidden(browser.authorize())
    fields["csrf"] = fields["csrf"][::-1]
    assert browser.post("/authorize/choose", {**fields, "persona": "ada"}).status == 403
    del fields["csrf"]
    assert browser.post("/authorize/choose", {**fields, "persona": "ada"}).status == 403


# ---- requests that are refused with a page


def assert_page(answer: Answer, *words: str) -> None:
    assert answer.status == 400
    assert "location" not in answer.headers
    for word in words:
        assert word in answer.text


def test_an_unknown_client_is_told_the_flag(browser: Browser) -> None:
    assert_page(browser.authorize(client_id="my<app>"), "--client 'my<app>:SECRET'")
    assert b"<app>" not in browser.authorize(client_id="my<app>").body
    assert_page(browser.authorize(client_id=None), "no client_id")


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        "http://localhost.evil.example/",
        "https://app.example.com/callback",
        "https://app.example.com/callback?a=b&c=d",
        "http://127.0.0.1.evil.example/",
    ],
)
def test_an_unlisted_redirect_uri_is_told_the_flag(browser: Browser, uri: str) -> None:
    assert_page(browser.authorize(redirect_uri=uri), f"--redirect-uri '{uri}'")


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "/callback",
        "http://user@localhost/",
        "http://localhost/#x",
        "http://localhost\\@evil.example/",
        "http://2130706433/",
        "http://localhost/\r\nX-Evil: 1",
    ],
)
def test_what_is_no_place_to_return_to_is_refused(browser: Browser, uri: str) -> None:
    answer = browser.authorize(redirect_uri=uri)
    assert answer.status == 400
    assert "location" not in answer.headers
    assert "x-evil" not in answer.headers


def test_the_flag_to_copy_is_one_word_for_the_shell(browser: Browser) -> None:
    page = browser.authorize(client_id="x'; touch here; '").text
    assert r"--client 'x'\''; touch here; '\'':SECRET'" in page
    page = browser.authorize(redirect_uri="https://a/';touch+here;'").text
    assert r"--redirect-uri 'https://a/'\'';touch+here;'\''" in page


def test_a_missing_redirect_uri_is_refused(browser: Browser) -> None:
    assert_page(browser.authorize(redirect_uri=None), "no redirect_uri")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_cb_07_an_ambiguous_target_is_refused_with_a_page(browser: Browser, name: str) -> None:
    query = urllib.parse.urlencode(request_of())
    twice = urllib.parse.urlencode({name: request_of()[name]})
    assert_page(browser.get(f"/authorize?{query}&{twice}"), "RFC 6749 section 3.1")


@pytest.mark.parametrize("query", ["client_id=%", "client_id=%ff", "client_id=%00", "a=1&" * 300])
def test_what_is_no_form_is_refused(browser: Browser, query: str) -> None:
    assert_page(browser.get("/authorize?" + query), "cannot be read")


# ---- requests that are refused by a redirect


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"response_type": None}, "invalid_request", "response_type is missing"),
        ({"response_type": "token"}, "unsupported_response_type", "response_type must be code"),
        (
            {"response_type": "code id_token"},
            "unsupported_response_type",
            "response_type must be code",
        ),
        ({"response_mode": "fragment"}, "invalid_request", "response_mode must be query"),
        (
            {"code_challenge": None},
            "invalid_request",
            "code_challenge is missing: PKCE with S256 is required",
        ),
        (
            {"code_challenge_method": "plain"},
            "invalid_request",
            "code_challenge_method must be S256",
        ),
        ({"code_challenge_method": None}, "invalid_request", "code_challenge_method must be S256"),
        (
            {"code_challenge": "short"},
            "invalid_request",
            "code_challenge is no base64url of a SHA-256 hash",
        ),
        (
            {"scope": "openid  email"},
            "invalid_scope",
            "scope is not a list of words with one blank between them",
        ),
        (
            {"scope": 'openid "'},
            "invalid_scope",
            "scope holds a character that RFC 6749 section 3.3 excludes",
        ),
        ({"prompt": "none"}, "login_required", "nobody is signed in without a click here"),
        ({"prompt": "none login"}, "invalid_request", "prompt=none stands alone"),
        (
            {"prompt": "create"},
            "invalid_request",
            "prompt takes none, login, consent and select_account",
        ),
        ({"max_age": "-1"}, "invalid_request", "max_age is no number of seconds"),
        ({"max_age": "soon"}, "invalid_request", "max_age is no number of seconds"),
        ({"request": "e30.e30."}, "request_not_supported", "request objects are not taken here"),
        (
            {"request_uri": "https://a/"},
            "request_uri_not_supported",
            "request_uri is not taken here",
        ),
        (
            {"resource": "api"},
            "invalid_target",
            "resource must be an absolute URI without a fragment",
        ),
        (
            {"resource": "https://a", "audience": "https://a"},
            "invalid_target",
            "resource and audience say the same thing; give one of them",
        ),
    ],
)
def test_a_bad_request_returns_with_its_error(
    browser: Browser, changes: dict[str, str | None], error: str, description: str
) -> None:
    answer = browser.authorize(**changes)
    assert answer.status == 303
    assert answer.returned == {
        "error": error,
        "error_description": description,
        "state": "the state & more",
        "iss": browser.issuer,
    }


@pytest.mark.parametrize("name", ["state", "nonce", "scope", "code_challenge", "response_type"])
def test_cb_07_a_repeated_parameter_returns_invalid_request(browser: Browser, name: str) -> None:
    query = urllib.parse.urlencode([*request_of().items(), (name, "x")])
    answer = browser.get("/authorize?" + query)
    assert answer.returned["error"] == "invalid_request"
    assert answer.returned["error_description"] == "a parameter is given twice"


@pytest.mark.parametrize("prompt", ["login", "select_account", "consent", "login consent"])
def test_other_prompts_show_the_page(browser: Browser, prompt: str) -> None:
    assert browser.authorize(prompt=prompt, max_age="0").status == 200


# ---- the token endpoint


def test_the_answer_carries_everything(browser: Browser) -> None:
    answer = browser.exchange(browser.sign_in())
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    said = answer.json
    assert set(said) == {"access_token", "id_token", "token_type", "expires_in", "scope"}
    assert said["token_type"] == "Bearer"
    assert said["expires_in"] == 3600
    assert said["scope"] == "openid profile email"


def test_the_id_token_says_who_for_whom_and_when(browser: Browser) -> None:
    said = browser.tokens()
    claims = claims_of(said["id_token"])
    now = time.time()
    assert header_of(said["id_token"])["typ"] == "JWT"
    assert header_of(said["id_token"])["alg"] == "RS256"
    assert claims["iss"] == browser.issuer
    assert claims["sub"] == "ada"
    assert claims["aud"] == claims["azp"] == "dev"
    assert claims["nonce"] == "the-nonce"
    assert abs(claims["iat"] - now) < 10
    assert abs(claims["auth_time"] - now) < 10
    assert claims["exp"] == claims["iat"] + 3600
    half = hashlib.sha256(said["access_token"].encode()).digest()[:16]
    assert decode(claims["at_hash"]) == half
    assert claims["name"] == "Ada Lovelace"
    assert claims["given_name"] == "Ada"
    assert claims["email"] == "ada@example.com"
    assert claims["email_verified"] is True
    assert claims["roles"] == ["admin"]
    assert claims["groups"] == ["engineering", "leads"]
    assert len(claims["sid"]) >= 22


def test_the_access_token_is_one_of_rfc_9068(browser: Browser) -> None:
    token = browser.tokens(audience="https://api.example.com")["access_token"]
    claims = claims_of(token)
    assert header_of(token)["typ"] == "at+jwt"
    assert claims["aud"] == "https://api.example.com"
    assert claims["client_id"] == "dev"
    assert claims["scope"] == "openid profile email"
    assert {"iss", "sub", "iat", "exp", "jti"} <= claims.keys()
    assert "nonce" not in claims
    assert claims_of(browser.tokens()["access_token"])["aud"] == browser.issuer
    by_resource = browser.tokens(resource="https://api.example.com")["access_token"]
    assert claims_of(by_resource)["aud"] == "https://api.example.com"


def test_two_access_tokens_differ_in_jti(browser: Browser) -> None:
    first, second = (claims_of(browser.tokens()["access_token"]) for _ in range(2))
    assert first["jti"] != second["jti"]


def test_claims_follow_the_scope(browser: Browser) -> None:
    claims = claims_of(browser.tokens(scope="openid")["id_token"])
    assert not {"name", "email", "email_verified", "picture"} & claims.keys()
    assert claims["groups"] == ["engineering", "leads"]


def test_without_openid_there_is_no_id_token(browser: Browser) -> None:
    assert "id_token" not in browser.tokens(scope="api")
    assert "scope" not in browser.tokens(scope=None)


def test_personas_have_their_own_lifetimes_and_marks(browser: Browser) -> None:
    said = browser.tokens("sam")
    assert said["expires_in"] == 30
    claims = claims_of(said["id_token"])
    assert claims["exp"] - claims["iat"] == 30
    assert claims_of(browser.tokens("noor")["id_token"])["email_verified"] is False
    zoe = claims_of(browser.tokens("zoe")["id_token"])
    assert zoe["name"].startswith("Zoë Ångström")
    assert len(zoe["groups"]) == 8


def test_a_client_may_have_an_algorithm_of_its_own(browser: Browser) -> None:
    code = browser.sign_in(client_id="edge")
    said = browser.exchange(code, None, client_id="edge", client_secret="edge-secret").json
    assert header_of(said["id_token"])["alg"] == "EdDSA"


def test_the_picture_is_served_here(browser: Browser) -> None:
    picture = claims_of(browser.tokens()["id_token"])["picture"]
    answer = browser.get(urllib.parse.urlsplit(picture).path)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert ">AL</text>" in answer.text


# ---- how clients authenticate


def test_a_secret_in_the_body_will_do(browser: Browser) -> None:
    answer = browser.exchange(browser.sign_in(), None, client_id="dev", client_secret="dev-secret")
    assert answer.status == 200


def test_a_public_client_needs_none(browser: Browser) -> None:
    code = browser.sign_in(client_id="spa")
    assert browser.exchange(code, None, client_id="spa").status == 200


def test_rfc_6749_2_3_1_basic_is_form_encoded(browser: Browser) -> None:
    code = browser.sign_in(client_id="od d")
    pair = "od+d:" + urllib.parse.quote_plus("p%s&=:x")
    raw = base64.b64encode(b"od d:p%s&=:x").decode()
    assert browser.exchange(code, "Basic " + raw).status == 401
    assert browser.exchange(code, "Basic " + base64.b64encode(pair.encode()).decode()).status == 200


@pytest.mark.parametrize(
    ("auth", "fields"),
    [
        (None, {}),
        (None, {"client_id": "dev"}),
        (None, {"client_id": "dev", "client_secret": "wrong"}),
        (None, {"client_id": "spa", "client_secret": "any"}),
        (None, {"client_id": "nobody", "client_secret": "dev-secret"}),
        ("Basic " + base64.b64encode(b"dev:wrong").decode(), {}),
        ("Basic " + base64.b64encode(b"dev").decode(), {}),
        ("Basic " + base64.b64encode(b"dev:%").decode(), {}),
        ("Basic ZGV2OmRldi1zZWNyZXQ", {}),
        ("Basic", {}),
        ("Basic !!!!", {}),
        ("Bearer dev-secret", {}),
    ],
)
def test_other_credentials_are_invalid_client(
    browser: Browser, auth: str | None, fields: dict[str, str | None]
) -> None:
    answer = browser.exchange("any", auth, **fields)
    assert answer.status == 401
    assert answer.json["error"] == "invalid_client"
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert answer.headers["cache-control"] == "no-store"


def test_two_ways_at_once_are_an_invalid_request(browser: Browser) -> None:
    for fields in ({"client_secret": "dev-secret"}, {"client_id": "spa"}):
        answer = browser.exchange("any", **fields)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")


# ---- what the token endpoint refuses


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"grant_type": None}, "invalid_request", "grant_type is missing"),
        (
            {"grant_type": "password"},
            "unsupported_grant_type",
            "grant_type must be authorization_code or refresh_token",
        ),
        ({"code": None}, "invalid_request", "code is missing"),
        ({"code": "unknown"}, "invalid_grant", "the code is not known"),
        ({"code_verifier": None}, "invalid_request", "code_verifier is missing"),
        (
            {"code_verifier": "short"},
            "invalid_grant",
            "code_verifier must be 43 to 128 unreserved characters",
        ),
        (
            {"code_verifier": CHALLENGE},
            "invalid_grant",
            "code_verifier does not fit the code_challenge",
        ),
        ({"redirect_uri": None}, "invalid_grant", "redirect_uri is not the one of the sign-in"),
        (
            {"redirect_uri": RETURN + "x"},
            "invalid_grant",
            "redirect_uri is not the one of the sign-in",
        ),
    ],
)
def test_a_bad_exchange_has_its_error(
    browser: Browser, changes: dict[str, str | None], error: str, description: str
) -> None:
    answer = browser.exchange(browser.sign_in(), **changes)
    assert answer.status == 400
    assert answer.json == {"error": error, "error_description": description}


def test_a_code_of_another_client_is_refused_and_stays_good(browser: Browser) -> None:
    code = browser.sign_in(client_id="spa")
    answer = browser.exchange(code)
    assert answer.json["error"] == "invalid_grant"
    assert answer.json["error_description"] == "the code was given to another client"
    assert browser.exchange(code, None, client_id="spa").status == 200


def test_the_second_use_of_a_code_takes_back_what_the_first_gave(browser: Browser) -> None:
    code = browser.sign_in()
    token = browser.exchange(code).json["access_token"]
    assert browser.get("/userinfo", Authorization="Bearer " + token).status == 200
    answer = browser.exchange(code)
    assert answer.status == 400
    assert answer.json["error"] == "invalid_grant"
    assert browser.get("/userinfo", Authorization="Bearer " + token).status == 401


def test_another_audience_than_granted_is_invalid_target(browser: Browser) -> None:
    code = browser.sign_in(audience="https://api.example.com")
    answer = browser.exchange(code, audience="https://other.example.com")
    assert (answer.status, answer.json["error"]) == (400, "invalid_target")


def test_cb_07_a_repeated_field_is_an_invalid_request(browser: Browser) -> None:
    answer = browser.ask("POST", "/token", "grant_type=x&grant_type=x", Authorization=BASIC)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_a_body_that_is_no_form_is_an_invalid_request(browser: Browser, kind: str) -> None:
    answer = browser.ask("POST", "/token", "{}", Content_Type=kind, Authorization=BASIC)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_cb_12_a_body_over_the_limit_is_413(browser: Browser) -> None:
    answer = browser.ask("POST", "/token", "code=" + "x" * 70000, Authorization=BASIC)
    assert answer.status == 413


# ---- refresh tokens


def refresh(browser: Browser, token: str | None, **more: str) -> Answer:
    fields = {"grant_type": "refresh_token", **more}
    if token is not None:
        fields["refresh_token"] = token
    return browser.post("/token", fields, Authorization=BASIC)


def test_a_refresh_token_is_given_for_offline_access_only(browser: Browser) -> None:
    assert "refresh_token" not in browser.tokens()
    assert "refresh_token" in browser.tokens(scope="openid offline_access")


def test_a_refresh_gives_new_tokens_of_the_same_sign_in(browser: Browser) -> None:
    first = browser.tokens(scope="openid email offline_access")
    answer = refresh(browser, first["refresh_token"])
    assert answer.status == 200
    second = answer.json
    assert second["refresh_token"] != first["refresh_token"]
    old, new = claims_of(first["id_token"]), claims_of(second["id_token"])
    assert (new["sub"], new["sid"], new["auth_time"]) == (old["sub"], old["sid"], old["auth_time"])
    assert "nonce" not in new


def test_a_refresh_may_ask_for_less_and_not_for_more(browser: Browser) -> None:
    token = browser.tokens(scope="openid email offline_access")["refresh_token"]
    more = refresh(browser, token, scope="openid profile")
    assert (more.status, more.json["error"]) == (400, "invalid_scope")
    less = refresh(browser, token, scope="openid").json
    assert less["scope"] == "openid"
    assert "email" not in claims_of(less["access_token"])


def test_a_used_refresh_token_ends_the_sign_in(browser: Browser) -> None:
    first = browser.tokens(scope="openid offline_access")["refresh_token"]
    second = refresh(browser, first).json
    assert refresh(browser, first).json["error"] == "invalid_grant"
    assert refresh(browser, second["refresh_token"]).json["error"] == "invalid_grant"
    assert browser.get("/userinfo", Authorization="Bearer " + second["access_token"]).status == 401


def test_other_refresh_tokens_are_refused(browser: Browser) -> None:
    assert refresh(browser, None).json["error"] == "invalid_request"
    assert refresh(browser, "unknown").json["error"] == "invalid_grant"
    token = browser.tokens(scope="openid offline_access")["refresh_token"]
    fields = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "spa"}
    assert browser.post("/token", fields).json["error"] == "invalid_grant"


# ---- userinfo


def test_userinfo_says_what_the_scope_lets_out(browser: Browser) -> None:
    token = browser.tokens(scope="openid email")["access_token"]
    for method in ("GET", "POST"):
        answer = browser.ask(method, "/userinfo", Authorization="Bearer " + token)
        assert answer.status == 200
        assert answer.json == {
            "sub": "ada",
            "email": "ada@example.com",
            "email_verified": True,
            "groups": ["engineering", "leads"],
            "roles": ["admin"],
        }


def test_rfc_6750_userinfo_without_a_token_names_no_error(browser: Browser) -> None:
    answer = browser.get("/userinfo")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="st-oauth dev"'


def test_rfc_6750_userinfo_with_a_bad_token_is_invalid_token(browser: Browser) -> None:
    answer = browser.get("/userinfo", Authorization="Bearer nonsense")
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_rfc_6750_userinfo_without_openid_is_insufficient_scope(browser: Browser) -> None:
    token = browser.tokens(scope="api")["access_token"]
    answer = browser.get("/userinfo", Authorization="Bearer " + token)
    assert answer.status == 403
    assert 'error="insufficient_scope", scope="openid"' in answer.headers["www-authenticate"]


# ---- signing out


def logout(browser: Browser, **fields: str) -> Answer:
    return browser.get("/logout?" + urllib.parse.urlencode(fields))


def test_a_hint_signs_out_at_once_and_returns(browser: Browser) -> None:
    said = browser.tokens()
    answer = logout(
        browser, id_token_hint=said["id_token"], post_logout_redirect_uri=RETURN, state="s t"
    )
    assert answer.status == 303
    assert answer.headers["location"] == RETURN + "?state=s+t"
    token = said["access_token"]
    assert browser.get("/userinfo", Authorization="Bearer " + token).status == 401


def test_a_hint_without_a_place_to_return_to_ends_on_a_page(browser: Browser) -> None:
    answer = logout(browser, id_token_hint=browser.tokens()["id_token"])
    assert answer.status == 200
    assert "You are signed out" in answer.text
    without_state = logout(
        browser, id_token_hint=browser.tokens()["id_token"], post_logout_redirect_uri=RETURN
    )
    assert without_state.headers["location"] == RETURN


def test_without_a_hint_it_asks_first(browser: Browser) -> None:
    token = browser.tokens()["access_token"]
    page = logout(browser, client_id="dev", post_logout_redirect_uri=RETURN, state="s")
    assert page.status == 200
    assert "Sign out?" in page.text
    assert browser.get("/userinfo", Authorization="Bearer " + token).status == 200
    assert Browser(browser.issuer).post("/logout/confirm", browser.hidden(page)).status == 403
    answer = browser.post("/logout/confirm", browser.hidden(page))
    assert answer.headers["location"] == RETURN + "?state=s"
    assert browser.get("/userinfo", Authorization="Bearer " + token).status == 401


def test_a_logout_ends_only_the_sign_in_it_names(browser: Browser) -> None:
    first, second = browser.tokens(), browser.tokens("grace")
    logout(browser, id_token_hint=first["id_token"])
    for said, status in ((first, 401), (second, 200)):
        token = said["access_token"]
        assert browser.get("/userinfo", Authorization="Bearer " + token).status == status


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"id_token_hint": "e30.e30.e30"}, "is no ID token of this provider"),
        ({"post_logout_redirect_uri": RETURN}, "wants an id_token_hint or a client_id"),
        (
            {"client_id": "dev", "post_logout_redirect_uri": "https://evil.example/"},
            "neither on this machine nor listed",
        ),
        ({"client_id": "nobody"}, "The client_id is not known here"),
    ],
)
def test_rd_12_a_bad_logout_is_refused_with_a_page(
    browser: Browser, fields: dict[str, str], words: str
) -> None:
    assert_page(logout(browser, **fields), words)


def test_a_hint_of_another_client_or_kind_is_refused(browser: Browser) -> None:
    said = browser.tokens()
    assert_page(logout(browser, id_token_hint=said["id_token"], client_id="spa"), "another client")
    assert_page(logout(browser, id_token_hint=said["access_token"]), "is no ID token")
    head, body, signature = said["id_token"].split(".")
    forged = f"{head}.{body}.{signature[:-8]}AAAAAAAA"
    assert_page(logout(browser, id_token_hint=forged), "is no ID token")


# ---- options


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_the_algorithm_can_be_chosen(alg: str) -> None:
    with DevProvider("--alg", alg) as provider:
        said = Browser(provider.issuer).tokens()
        assert header_of(said["id_token"])["alg"] == alg
        kid = header_of(said["access_token"])["kid"]
        keys = Browser(provider.issuer).get("/jwks").json["keys"]
        assert [key["alg"] for key in keys if key["kid"] == kid] == [alg]


def test_access_tokens_can_be_opaque_and_short_lived() -> None:
    with DevProvider("--access-token", "opaque", "--token-ttl", "1s") as provider:
        browser = Browser(provider.issuer)
        said = browser.tokens()
        assert "." not in said["access_token"]
        assert said["expires_in"] == 1
        time.sleep(1.1)
        bearer = "Bearer " + said["access_token"]
        assert browser.get("/userinfo", Authorization=bearer).status == 401


def test_personas_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text(
        '[[persona]]\nname = "Alan <Turing>"\nemail = "alan@example.com"\n'
        'picture = "https://example.com/a.png?x=1&y=2"\n[persona.claims]\ndepartment = "R&D"\n'
    )
    with DevProvider("--personas", str(file)) as provider:
        browser = Browser(provider.issuer)
        page = browser.authorize()
        assert b"Alan &lt;Turing&gt;" in page.body
        assert b'src="https://example.com/a.png?x=1&amp;y=2"' in page.body
        assert "img-src 'self' https: http:" in page.headers["content-security-policy"]
        claims = claims_of(browser.tokens("alan")["id_token"])
        assert claims["department"] == "R&D"
        assert claims["picture"] == "https://example.com/a.png?x=1&y=2"


def test_keys_outlive_a_restart_where_they_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    sets = []
    for _ in range(2):
        with DevProvider("--state-dir", str(folder)) as provider:
            sets.append(Browser(provider.issuer).get("/jwks").json)
            assert header_of(Browser(provider.issuer).tokens()["id_token"])["kid"] in {
                key["kid"] for key in sets[-1]["keys"]
            }
    assert sets[0] == sets[1]
    assert stat.S_IMODE((folder / "keys.json").stat().st_mode) == 0o600


def test_the_log_holds_no_secret(tmp_path: Path) -> None:
    with DevProvider() as provider:
        browser = Browser(provider.issuer)
        said = browser.tokens()
        log = json.dumps(provider.requests())
        assert provider.count("/token") == 1
        assert {"method": "POST", "path": "/token", "status": 200} in provider.requests()
        for secret in (said["access_token"], "dev-secret", "code=", VERIFIER, "the-nonce"):
            assert secret not in log
            assert secret not in provider.output()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "example.com"])
def test_it_listens_on_this_machine_only(host: str) -> None:
    done = run("dev", "--host", host)
    assert done.returncode == 2
    assert "listens on this machine only" in done.stderr


def test_a_slip_of_the_keys_is_named() -> None:
    done = run("dve")
    assert done.returncode == 2
    assert "there is no command 'dve'; did you mean 'dev'?" in done.stderr
    done = run("dev", "--prot", "1")
    assert done.returncode == 2
    assert "there is no option '--prot'; did you mean '--port'?" in done.stderr


def test_help_and_version() -> None:
    assert "dev" in run("--help").stdout
    assert "--personas FILE" in run("dev", "--help").stdout
    assert run("--version").stdout.startswith("st-oauth ")
    assert run().returncode == 2
    assert "[[persona]]" in run("dev", "--print-personas").stdout


def test_a_broken_personas_file_is_named_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text('[[persona]]\nname = "A"\nemial = "a@b"\n')
    done = run("dev", "--personas", str(file))
    assert done.returncode == 2
    assert f"{file}:3:1: unknown key 'emial'; did you mean 'email'?" in done.stderr
    done = run("dev", "--personas", str(tmp_path / "absent.toml"))
    assert done.returncode == 2
    assert "cannot be read" in done.stderr


def test_a_busy_port_that_was_asked_for_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("dev", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "Address already in use" in done.stderr


def test_a_busy_default_port_is_left_for_a_free_one_and_said() -> None:
    with busy(9400), DevProvider(port=None) as provider:
        port = urllib.parse.urlsplit(provider.issuer).port
        assert port != 9400
        assert f"port 9400 is busy, so the provider takes {port}" in provider.output()
        assert Browser(provider.issuer).get("/health").json["issuer"] == provider.issuer


def test_it_listens_on_both_families() -> None:
    with DevProvider() as provider:
        port = urllib.parse.urlsplit(provider.issuer).port
        for host in ("127.0.0.1", "[::1]"):
            if host == "[::1]" and not socket.has_ipv6:
                continue
            assert Browser(f"http://{host}:{port}").get("/health").status == 200


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(sign: signal.Signals) -> None:
    with DevProvider() as provider:
        provider.process.send_signal(sign)
        assert provider.process.wait(timeout=10) == 0


def test_the_ready_line_can_be_read_by_machines() -> None:
    with DevProvider("--print-json") as provider:
        line = json.loads(provider.output())
        assert line == provider.ready == {"issuer": provider.issuer, "pid": provider.process.pid}
