"""The two providers of `st-oauth dev`: each with its issuer, its people and its sessions."""

from __future__ import annotations

import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from servers.dev import DevProvider, run
from servers.dev_browser import BASIC, RETURN, Answer, Browser, claims_of, header_of


@pytest.fixture(scope="module")
def provider() -> Iterator[DevProvider]:
    with DevProvider() as running:
        yield running


@pytest.fixture
def dev(provider: DevProvider) -> Browser:
    return Browser(provider.issuer)


@pytest.fixture
def work(provider: DevProvider) -> Browser:
    return Browser(provider.issuer + "/work")


def logout(browser: Browser, **fields: str) -> Answer:
    return browser.get("/logout?" + urllib.parse.urlencode(fields))


def test_each_has_metadata_of_its_own(dev: Browser, work: Browser) -> None:
    for browser in (dev, work):
        said = browser.get("/.well-known/openid-configuration").json
        assert said["issuer"] == browser.issuer
        for name, path in (
            ("authorization_endpoint", "/authorize"),
            ("token_endpoint", "/token"),
            ("userinfo_endpoint", "/userinfo"),
            ("jwks_uri", "/jwks"),
            ("end_session_endpoint", "/logout"),
        ):
            assert said[name] == browser.issuer + path
        assert browser.get("/health").json["issuer"] == browser.issuer


def test_rfc_8414_3_1_the_well_known_part_comes_before_the_path(
    dev: Browser, work: Browser
) -> None:
    said = dev.get("/.well-known/oauth-authorization-server/work").json
    assert said == work.get("/.well-known/openid-configuration").json
    assert dev.get("/.well-known/oauth-authorization-server").json["issuer"] == dev.issuer


def test_only_whole_names_lead_to_the_second(dev: Browser) -> None:
    for path in ("/workshop", "/workjwks", "/.well-known/oauth-authorization-server/works"):
        assert dev.get(path).status == 404
    assert "Dev (work)" in dev.get("/work").text
    assert "Dev (work)" in dev.get("/work/").text
    assert dev.get("/work/work").status == 404


def test_both_publish_the_same_keys(dev: Browser, work: Browser) -> None:
    assert dev.get("/jwks").json == work.get("/jwks").json


def test_each_signs_its_own_people_in(dev: Browser, work: Browser) -> None:
    page = work.authorize()
    assert "You sign in to dev with Dev (work)" in page.text.replace("<strong>", "").replace(
        "</strong>", ""
    )
    assert "Katherine Johnson" in page.text
    assert "Grace Hopper" not in page.text
    assert "Katherine Johnson" not in dev.authorize().text
    assert work.choose(page, persona="grace").status == 400
    answer = work.choose(page, persona="ada")
    assert answer.returned["iss"] == work.issuer
    tokens = work.exchange(answer.returned["code"]).json
    claims = claims_of(tokens["id_token"])
    assert (claims["iss"], claims["sub"]) == (work.issuer, "ada")
    assert claims["email"] == "ada@work.example"
    assert claims["picture"] == work.issuer + "/avatar/ada.svg"
    assert work.get("/avatar/ada.svg").status == 200
    assert claims_of(tokens["access_token"])["aud"] == work.issuer


def test_the_same_name_at_both_is_told_apart_by_the_issuer_alone(
    dev: Browser, work: Browser
) -> None:
    one, other = (b.tokens("ada")["id_token"] for b in (dev, work))
    assert claims_of(one)["sub"] == claims_of(other)["sub"]
    assert claims_of(one)["iss"] != claims_of(other)["iss"]
    assert header_of(one)["kid"] == header_of(other)["kid"]


def test_lf_14_a_code_of_one_is_no_code_of_the_other(dev: Browser, work: Browser) -> None:
    code = dev.sign_in()
    answer = work.exchange(code)
    assert answer.status == 400
    assert answer.json == {"error": "invalid_grant", "error_description": "the code is not known"}
    assert dev.exchange(code).status == 200


def test_tokens_of_one_are_nothing_to_the_other(dev: Browser, work: Browser) -> None:
    said = dev.tokens(scope="openid offline_access")
    bearer = "Bearer " + said["access_token"]
    assert work.get("/userinfo", Authorization=bearer).status == 401
    assert dev.get("/userinfo", Authorization=bearer).status == 200
    fields = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]}
    assert work.post("/token", fields, Authorization=BASIC).json["error"] == "invalid_grant"
    assert dev.post("/token", fields, Authorization=BASIC).status == 200


def test_a_page_of_one_cannot_be_answered_at_the_other(provider: DevProvider) -> None:
    browser = Browser(provider.issuer)
    page = browser.authorize()
    browser.issuer += "/work"
    assert browser.choose(page, persona="ada").status == 400


def test_a_persona_for_watching_expiry_lives_for_a_minute(work: Browser) -> None:
    said = work.tokens("max")
    assert said["expires_in"] == 60
    assert "tokens live 60 s" in work.authorize().text


# ---- signing out


def test_a_hint_of_one_is_none_of_the_other(dev: Browser, work: Browser) -> None:
    said = dev.tokens()
    answer = logout(work, id_token_hint=said["id_token"])
    assert answer.status == 400
    assert "is no ID token of this provider" in answer.text
    assert dev.get("/userinfo", Authorization="Bearer " + said["access_token"]).status == 200


def test_signing_out_of_one_leaves_the_other(provider: DevProvider) -> None:
    browser = Browser(provider.issuer)
    at_dev = browser.tokens()
    browser.issuer += "/work"
    at_work = browser.tokens("ada")
    page = logout(browser)
    assert '<form method="post" action="/work/logout/confirm">' in page.text
    assert browser.post("/logout/confirm", browser.hidden(page)).status == 200
    assert browser.get("/userinfo", Authorization="Bearer " + at_work["access_token"]).status == 401
    browser.issuer = provider.issuer
    assert browser.get("/userinfo", Authorization="Bearer " + at_dev["access_token"]).status == 200


def test_a_sign_out_returns_to_the_app_with_its_state(work: Browser) -> None:
    said = work.tokens("ada")
    answer = logout(
        work,
        id_token_hint=said["id_token"],
        client_id="dev",
        post_logout_redirect_uri=RETURN + "?page=a",
        state="x y",
    )
    assert answer.status == 303
    assert answer.headers["location"] == RETURN + "?page=a&state=x+y"


def test_the_next_sign_in_asks_again(work: Browser) -> None:
    first = claims_of(work.tokens("ada")["id_token"])
    logout(work, id_token_hint=work.tokens("ada")["id_token"])
    assert work.authorize(prompt="none").returned["error"] == "login_required"
    page = work.authorize()
    assert page.status == 200
    assert "Who do you want to be?" in page.text
    again = claims_of(
        work.exchange(work.choose(page, persona="ada").returned["code"]).json["id_token"]
    )
    assert again["sid"] != first["sid"]


# ---- people


def test_a_file_may_name_people_for_both(tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text('[[persona]]\nname = "Here"\n[[work.persona]]\nname = "There"\nid = "t"\n')
    with DevProvider("--personas", str(file)) as provider:
        work = Browser(provider.issuer + "/work")
        assert "Here" in Browser(provider.issuer).authorize().text
        assert "Here" not in work.authorize().text
        assert claims_of(work.tokens("t")["id_token"])["name"] == "There"


def test_a_file_for_one_is_for_both(tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text('[[persona]]\nname = "Everywhere"\nid = "e"\n')
    with DevProvider("--personas", str(file)) as provider:
        for issuer in (provider.issuer, provider.issuer + "/work"):
            assert claims_of(Browser(issuer).tokens("e")["id_token"])["name"] == "Everywhere"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("work = 1", "1:1: work is a table: its personas are [[work.persona]]"),
        ("[work]\npeople = []", "2:1: unknown key 'work.people'"),
        (
            '[work.persona]\nname = "A"',
            "1:7: personas are a list: write [[work.persona]], not [work.persona]",
        ),
        ('[[work.persona]]\nemial = "a@b"', "2:1: unknown key 'emial'; did you mean 'email'?"),
        ('[[work.persona]]\nname = "A"', "0:0: no [[persona]] in this file"),
    ],
)
def test_what_is_wrong_with_the_second_list_is_named(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "people.toml"
    file.write_text(text)
    done = run("dev", "--personas", str(file))
    assert done.returncode == 2
    assert f"{file}:{why}" in done.stderr


def test_it_says_where_the_second_one_is(provider: DevProvider) -> None:
    deadline = time.monotonic() + 5
    line = f"a second provider with people of its own is at {provider.issuer}/work"
    while line not in provider.output():
        assert time.monotonic() < deadline
        time.sleep(0.02)
