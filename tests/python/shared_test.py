"""The gate where a middleware carries the session: one login for both."""

import json
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from st_oauth import _core, gate, shared, visits
from streamlit.testing.v1 import AppTest

ISSUER = "http://127.0.0.1:9"
BLOCK: dict[str, Any] = {
    "issuer": ISSUER,
    "client_id": "app",
    "redirect_uri": "http://localhost:8501",
    "identity_field_in_token": "emails.0",
}
ENDPOINTS = {
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}
CLAIMS = {"sub": "108", "emails": ["ada@example.com"], "login": "ada"}


class StoreError(Exception):
    """The store cannot be asked."""


class World:
    """A visit, whose realm has one provider more than the gates of the script."""

    def __init__(self) -> None:
        self.who: Any = None
        self.broken = False
        self.left: list[str] = []
        self.facts: dict[str, Any] = {
            "base_path": "/foo",
            "providers": [
                provider("main", "app", ISSUER, "login"),
                provider("other", "app", "http://127.0.0.1:9/other", "sub"),
            ],
        }
        self.visit = visits.open_visit(self, self.facts, "cookie")  # type: ignore[arg-type]

    def signed_in(self, name: str = "main", claims: Mapping[str, Any] = CLAIMS) -> None:
        self.who = SimpleNamespace(subject="108", provider=name, claims=json.dumps(claims))

    def identify(self, cookie: str) -> Any:
        if self.broken:
            raise StoreError("no answer")
        return self.who

    def logout_ticket(self, cookie: str, everywhere: bool) -> str:
        self.left.append(cookie)
        return "GOODBYE"


def provider(name: str, client_id: str, url: str, field: str) -> dict[str, Any]:
    return {"name": name, "client_id": client_id, "provider_url": url, "identity_field": field}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World()
    monkeypatch.setattr(gate, "carried", lambda: made.visit)
    monkeypatch.setattr(_core, "StoreError", StoreError)
    yield made
    visits._visits.clear()


def run(call: str = "'myoauth', 'Log <in>'", blocks: Mapping[str, Any] | None = None) -> AppTest:
    at = AppTest.from_string(
        "import streamlit as st\nfrom st_oauth import st_oauth\nst.text('above')\n"
        f"id = st_oauth({call})\nst.text(f'below: {{id}}')\n"
    )
    for name, block in ({"myoauth": BLOCK} if blocks is None else blocks).items():
        at.secrets[name] = block
    return at.run()


def texts(at: AppTest) -> list[str]:
    assert not at.exception, at.exception
    return [element.value for element in at.text]


def html(at: AppTest) -> str:
    (body,) = [str(element.proto.body) for element in at.get("html")]
    return body


def test_the_same_value_comes_back_without_a_second_login(world: World) -> None:
    world.signed_in()
    at = run()
    assert texts(at) == ["above", "below: ada@example.com"]
    assert texts(at.run()) == ["above", "below: ada@example.com"]


@pytest.mark.parametrize(
    ("claims", "value"),
    [({"emails.0": "exact"}, "exact"), ({"emails": []}, "OK"), ({}, "OK"), ({"emails": [7]}, "7")],
)
def test_the_value_is_what_the_gate_alone_would_return(
    world: World, claims: dict[str, Any], value: str
) -> None:
    world.signed_in(claims=claims)
    assert texts(run()) == ["above", f"below: {value}"]


def test_a_stranger_gets_the_link_with_his_label(world: World) -> None:
    at = run()
    assert texts(at) == ["above"]
    assert ">Log &lt;in&gt;</a>" in html(at)
    assert 'href="/foo/auth/login?provider=main&amp;next="' in html(at)
    assert html(at.run()) == html(at)


def test_the_link_holds_nothing_that_expires(world: World) -> None:
    assert "t=" not in html(run()).partition("var d = ")[2].partition("}")[0]


def test_a_public_page_stops_nobody(world: World) -> None:
    at = run("'myoauth', required=False")
    assert texts(at) == ["above", "below: None"]
    assert not at.get("html")
    world.signed_in()
    assert texts(run("'myoauth', required=False")) == ["above", "below: ada@example.com"]


def test_the_button_signs_the_session_out(world: World) -> None:
    world.signed_in()
    at = run("'myoauth', logout='Leave'")
    assert [each.label for each in at.button] == ["Leave"]
    at.button[0].click().run()
    assert world.left == ["cookie"]
    assert not at.text
    assert "/foo/auth/logout?t=GOODBYE" in html(at)


def test_logout_as_a_plain_call_signs_the_session_out(world: World) -> None:
    world.signed_in()
    at = AppTest.from_string(
        "import streamlit as st, st_oauth\nst_oauth.logout()\nst.text('secret')\n"
    ).run()
    assert not at.text
    assert world.left == ["cookie"]


def test_a_session_of_another_provider_is_none_for_this_gate(world: World) -> None:
    world.signed_in("other")
    at = run()
    assert texts(at) == ["above"]
    assert "provider=main" in html(at)


def test_same_client_at_another_provider_is_another_registration(world: World) -> None:
    world.signed_in("other")
    at = run(blocks={"myoauth": BLOCK | ENDPOINTS | {"issuer": f"{ISSUER}/third"}})
    assert texts(at) == ["above"]
    assert f'href="{ISSUER}/authorize?' in html(at)


def test_another_client_at_the_same_provider_goes_its_own_way(world: World) -> None:
    world.signed_in()
    at = run(blocks={"myoauth": BLOCK | ENDPOINTS | {"client_id": "another"}})
    assert texts(at) == ["above"]
    assert f'href="{ISSUER}/authorize?' in html(at)


def test_issuer_and_address_of_its_metadata_are_the_same_provider(world: World) -> None:
    world.signed_in()
    world.facts["providers"][0]["provider_url"] = f"{ISSUER}/.well-known/openid-configuration"
    assert texts(run()) == ["above", "below: ada@example.com"]


def test_a_mapping_means_the_provider_of_the_same_registration(world: World) -> None:
    world.signed_in()
    assert texts(run(f"{BLOCK!r}, 'x'", {})) == ["above", "below: ada@example.com"]


@pytest.mark.parametrize("call", ["", "'main'", "'auth.main'", "'auth'"])
def test_without_a_block_of_its_own_the_provider_is_meant(world: World, call: str) -> None:
    world.signed_in()
    assert texts(run(call, {})) == ["above", "below: ada"]


def test_what_the_native_api_adds_to_its_block_is_no_gate(world: World) -> None:
    world.signed_in()
    assert texts(run("'auth'", {"auth": {"client_id": "st_oauth"}})) == ["above", "below: ada"]


def test_without_a_name_the_visitor_chooses_the_provider(world: World) -> None:
    assert 'href="/foo/auth/login?next="' in html(run("", {}))
    world.signed_in("other")
    assert texts(run("", {})) == ["above", "below: 108"]


def test_an_unknown_name_is_an_error_as_ever(world: World) -> None:
    world.signed_in()
    at = run("'nowhere'")
    assert texts(at) == ["above"]
    assert "nowhere" in at.error[0].value or "Reference" in at.error[0].value


def test_a_wrong_block_is_an_error_as_ever(world: World) -> None:
    world.signed_in()
    at = run(blocks={"myoauth": {"client_id": 7}})
    assert texts(at) == ["above"]
    assert at.error


def test_where_nobody_knows_the_gate_stops(world: World) -> None:
    world.broken = True
    at = run()
    assert texts(at) == ["above"]
    assert "cannot be checked at the moment" in at.error[0].value


def test_a_session_that_ended_is_none_at_the_next_rerun(world: World) -> None:
    world.signed_in()
    at = run()
    world.who = None
    assert texts(at.run()) == ["above"]


def test_where_no_middleware_carries_the_session_the_gate_goes_its_own_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never() -> None:
        raise AssertionError

    monkeypatch.setattr(gate, "carried", never)
    assert not visits.carries()
    assert texts(run()) == ["above"]


@pytest.mark.parametrize(
    ("claims", "field", "value"),
    [
        ({"a": {"b": [0, 0]}}, "a.b.1", 0),
        ({"a": False}, "a", False),
        ({"a": ""}, "a", "OK"),
        ({"a": None}, "a", "OK"),
        ({"a": [1]}, "a.b", "OK"),
        ({"a": [1]}, "a.-1", "OK"),
        ({"a": [1]}, "a.1", "OK"),
        ({"a": "text"}, "a.0", "OK"),
    ],
)
def test_identity_is_found_as_the_engine_finds_it(
    claims: dict[str, Any], field: str, value: Any
) -> None:
    assert shared.identity_in(claims, field) == value
