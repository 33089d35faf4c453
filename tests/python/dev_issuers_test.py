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
def team(provider: DevProvider) -> Browser:
    return Browser(provider.issuer + "/team")


def logout(browser: Browser, **fields: str) -> Answer:
    return browser.get("/logout?" + urllib.parse.urlencode(fields))


def test_each_has_metadata_of_its_own(dev: Browser, team: Browser) -> None:
    for browser in (dev, team):
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
    dev: Browser, team: Browser
) -> None:
    said = dev.get("/.well-known/oauth-authorization-server/team").json
    assert said == team.get("/.well-known/openid-configuration").json
    assert dev.get("/.well-known/oauth-authorization-server").json["issuer"] == dev.issuer


def test_only_whole_names_lead_to_the_second(dev: Browser) -> None:
    for path in ("/teamshop", "/teamjwks", "/.well-known/oauth-authorization-server/teams"):
        assert dev.get(path).status == 404
    assert "Dev (team)" in dev.get("/team").text
    assert "Dev (team)" in dev.get("/team/").text
    assert dev.get("/team/team").status == 404


def test_both_publish_the_same_keys(dev: Browser, team: Browser) -> None:
    assert dev.get("/jwks").json == team.get("/jwks").json


def test_each_signs_its_own_people_in(dev: Browser, team: Browser) -> None:
    page = team.authorize()
    assert "You sign in to dev with Dev (team)" in page.text.replace("<strong>", "").replace(
        "</strong>", ""
    )
    assert "Katherine Johnson" in page.text
    assert "Grace Hopper" not in page.text
    assert "Katherine Johnson" not in dev.authorize().text
    assert team.choose(page, persona="grace").status == 400
    answer = team.choose(page, persona="ada")
    assert answer.returned["iss"] == team.issuer
    tokens = team.exchange(answer.returned["code"]).json
    claims = claims_of(tokens["id_token"])
    assert (claims["iss"], claims["sub"]) == (team.issuer, "ada")
    assert claims["email"] == "ada@team.example"
    assert claims["picture"] == team.issuer + "/avatar/ada.svg"
    assert team.get("/avatar/ada.svg").status == 200
    assert claims_of(tokens["access_token"])["aud"] == team.issuer


def test_the_same_name_at_both_is_told_apart_by_the_issuer_alone(
    dev: Browser, team: Browser
) -> None:
    one, other = (b.tokens("ada")["id_token"] for b in (dev, team))
    assert claims_of(one)["sub"] == claims_of(other)["sub"]
    assert claims_of(one)["iss"] != claims_of(other)["iss"]
    assert header_of(one)["kid"] == header_of(other)["kid"]


def test_lf_14_a_code_of_one_is_no_code_of_the_other(dev: Browser, team: Browser) -> None:
    code = dev.sign_in()
    answer = team.exchange(code)
    assert answer.status == 400
    assert answer.json == {"error": "invalid_grant", "error_description": "the code is not known"}
    assert dev.exchange(code).status == 200


def test_tokens_of_one_are_nothing_to_the_other(dev: Browser, team: Browser) -> None:
    said = dev.tokens(scope="openid offline_access")
    bearer = "Bearer " + said["access_token"]
    assert team.get("/userinfo", Authorization=bearer).status == 401
    assert dev.get("/userinfo", Authorization=bearer).status == 200
    fields = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]}
    assert team.post("/token", fields, Authorization=BASIC).json["error"] == "invalid_grant"
    assert dev.post("/token", fields, Authorization=BASIC).status == 200


def test_a_page_of_one_cannot_be_answered_at_the_other(provider: DevProvider) -> None:
    browser = Browser(provider.issuer)
    page = browser.authorize()
    browser.issuer += "/team"
    assert browser.choose(page, persona="ada").status == 400


def test_a_persona_for_watching_expiry_lives_for_a_minute(team: Browser) -> None:
    said = team.tokens("max")
    assert said["expires_in"] == 60
    assert "tokens live 60 s" in team.authorize().text


# ---- signing out


def test_a_hint_of_one_is_none_of_the_other(dev: Browser, team: Browser) -> None:
    said = dev.tokens()
    answer = logout(team, id_token_hint=said["id_token"])
    assert answer.status == 400
    assert "is no ID token of this provider" in answer.text
    assert dev.get("/userinfo", Authorization="Bearer " + said["access_token"]).status == 200


def test_signing_out_of_one_leaves_the_other(provider: DevProvider) -> None:
    browser = Browser(provider.issuer)
    at_dev = browser.tokens()
    browser.issuer += "/team"
    at_team = browser.tokens("ada")
    page = logout(browser)
    assert '<form method="post" action="/team/logout/confirm">' in page.text
    assert browser.post("/logout/confirm", browser.hidden(page)).status == 200
    assert browser.get("/userinfo", Authorization="Bearer " + at_team["access_token"]).status == 401
    browser.issuer = provider.issuer
    assert browser.get("/userinfo", Authorization="Bearer " + at_dev["access_token"]).status == 200


def test_a_sign_out_returns_to_the_app_with_its_state(team: Browser) -> None:
    said = team.tokens("ada")
    answer = logout(
        team,
        id_token_hint=said["id_token"],
        client_id="dev",
        post_logout_redirect_uri=RETURN + "?page=a",
        state="x y",
    )
    assert answer.status == 303
    assert answer.headers["location"] == RETURN + "?page=a&state=x+y"


def test_the_next_sign_in_asks_again(team: Browser) -> None:
    first = claims_of(team.tokens("ada")["id_token"])
    logout(team, id_token_hint=team.tokens("ada")["id_token"])
    assert team.authorize(prompt="none").returned["error"] == "login_required"
    page = team.authorize()
    assert page.status == 200
    assert "Who do you want to be?" in page.text
    again = claims_of(
        team.exchange(team.choose(page, persona="ada").returned["code"]).json["id_token"]
    )
    assert again["sid"] != first["sid"]


# ---- people


def test_a_file_may_name_people_for_both(tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text('[[persona]]\nname = "Here"\n[[team.persona]]\nname = "There"\nid = "t"\n')
    with DevProvider("--personas", str(file)) as provider:
        team = Browser(provider.issuer + "/team")
        assert "Here" in Browser(provider.issuer).authorize().text
        assert "Here" not in team.authorize().text
        assert claims_of(team.tokens("t")["id_token"])["name"] == "There"


def test_a_file_for_one_is_for_both(tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text('[[persona]]\nname = "Everywhere"\nid = "e"\n')
    with DevProvider("--personas", str(file)) as provider:
        for issuer in (provider.issuer, provider.issuer + "/team"):
            assert claims_of(Browser(issuer).tokens("e")["id_token"])["name"] == "Everywhere"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("team = 1", "1:1: team is a table: its personas are [[team.persona]]"),
        ("[team]\npeople = []", "2:1: unknown key 'team.people'"),
        (
            '[team.persona]\nname = "A"',
            "1:7: personas are a list: write [[team.persona]], not [team.persona]",
        ),
        ('[[team.persona]]\nemial = "a@b"', "2:1: unknown key 'emial'; did you mean 'email'?"),
        ('[[team.persona]]\nname = "A"', "0:0: no [[persona]] in this file"),
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
    line = f"a second provider with people of its own is at {provider.issuer}/team"
    while line not in provider.output():
        assert time.monotonic() < deadline
        time.sleep(0.02)
