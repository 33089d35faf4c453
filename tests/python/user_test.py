"""The object `user`: what it answers, to whom, and what it never does."""

import copy
import importlib
import json
import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import st_oauth
import streamlit as st
from st_oauth import _core, _streamlit, audit, started, visits
from st_oauth import user as the_user
from streamlit.testing.v1 import AppTest

module: Any = importlib.import_module("st_oauth.user")

CLAIMS: dict[str, Any] = {
    "sub": "108",
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "email_verified": True,
    "picture": "https://example.com/ada.png",
    "groups": ["staff", "math"],
    "roles": "admin",
    "locale": "en",
    "id": "a claim called id",
    "provider": "a claim called provider",
}


class StoreError(Exception):
    """The store cannot be asked."""


class Identity:
    """What the engine would say of somebody."""

    def __init__(self, claims: Mapping[str, Any], provider: str = "google") -> None:
        self.subject = "108"
        self.provider = provider
        self.claims = json.dumps(claims)
        self.access_token = "access-token-nobody-may-see"
        self.id_token = "id-token-nobody-may-see"
        self.refresh_token = "refresh-token-nobody-may-see"
        self.expires_at = 2_000_000_000.0
        self.access_expires_at: float | None = None


class Realm:
    """A realm whose sessions are a dict."""

    def __init__(self) -> None:
        self.sessions: dict[str, Identity] = {}
        self.broken = self.broken_for_tickets = False
        self.requests: list[Any] = []

    def identify(self, cookie: str) -> Identity | None:
        if self.broken:
            raise StoreError("store_failed: no answer from 10.0.0.7")
        return self.sessions.get(cookie)

    def login_ticket(self, request: str) -> str:
        asked = json.loads(request)
        if asked["provider"] == "unknown":
            raise ValueError("there is no provider 'unknown'")
        self.requests.append(asked)
        return "TICKET+/"

    def logout_ticket(self, cookie: str, everywhere: bool) -> str:
        if self.broken_for_tickets:
            raise StoreError("store_failed: no answer from 10.0.0.7")
        self.requests.append((cookie, everywhere))
        return "GOODBYE"


class World:
    """A realm, and the visit by which every script is carried."""

    def __init__(self) -> None:
        self.realm = Realm()
        self.facts: dict[str, Any] = {"base_path": "/foo", "providers": [], "expose_tokens": []}
        self.visit: visits.Visit | None = None
        self.stranger()

    def stranger(self) -> None:
        self.visit = self._open("")

    def signed_in(self, claims: Mapping[str, Any] = CLAIMS, provider: str = "google") -> None:
        self.realm.sessions["cookie"] = Identity(claims, provider)
        self.visit = self._open("cookie")

    def _open(self, cookie: str) -> visits.Visit:
        return visits.open_visit(self.realm, self.facts, cookie)  # type: ignore[arg-type]

    def carried(self) -> visits.Visit | None:
        return self.visit


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World()
    monkeypatch.setattr(module, "carried", world.carried)
    monkeypatch.setattr(_core, "StoreError", StoreError)
    monkeypatch.setattr(audit, "record", audit.Audit(timed=False).record)
    yield world
    visits._visits.clear()


def run(body: str, **state: Any) -> AppTest:
    lines = "\n".join(f"{line}" for line in body.strip().splitlines())
    at = AppTest.from_string(f"import streamlit as st\nfrom st_oauth import user\n{lines}\n")
    for name, value in state.items():
        at.session_state[name] = value
    return at.run()


def value(expression: str) -> str:
    at = run(f"st.text({expression})")
    assert not at.exception, at.exception
    return str(at.text[0].value)


def error(body: str) -> str:
    at = run(body)
    assert len(at.exception) == 1
    return str(at.exception[0].value)


def html(at: AppTest) -> list[str]:
    return [str(element.proto.body) for element in at.get("html")]


SPELLINGS = ["user.logged_in", "user.logged_in()", "user.is_logged_in", "user"]


# Who is signed in


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_is_true_for_a_stranger(world: World, spelling: str) -> None:
    assert value(f"'in' if {spelling} else 'out'") == "out"
    assert value(f"bool({spelling})") == "False"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_true_for_who_is_signed_in(world: World, spelling: str) -> None:
    world.signed_in()
    assert value(f"'in' if {spelling} else 'out'") == "in"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_is_true_once_the_session_has_ended(world: World, spelling: str) -> None:
    world.signed_in()
    world.realm.sessions.clear()
    assert value(f"bool({spelling})") == "False"


def test_is_logged_in_is_a_plain_bool_and_the_call_gives_one(world: World) -> None:
    world.signed_in()
    assert value("(type(user.is_logged_in), type(user.logged_in()))") == (
        "(<class 'bool'>, <class 'bool'>)"
    )


def test_a_kept_answer_is_asked_again_each_time(world: World) -> None:
    world.signed_in()
    kept = the_user.logged_in
    body = "st.text(bool(st.session_state.kept)); st.text(st.session_state.kept())"
    assert [each.value for each in run(body, kept=kept).text] == ["True", "True"]
    world.stranger()
    assert [each.value for each in run(body, kept=kept).text] == ["False", "False"]


def test_logged_in_compares_and_prints_like_a_bool(world: World) -> None:
    world.signed_in()
    assert value("(user.logged_in == True, user.logged_in == False, f'{user.logged_in}')") == (
        "(True, False, 'True')"
    )
    assert value("user.logged_in == 1") == "False"


# What is known


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("id", "google:108"),
        ("name", "Ada Lovelace"),
        ("email", "ada@example.com"),
        ("email_verified", "True"),
        ("picture", "https://example.com/ada.png"),
        ("provider", "google"),
        ("groups", "('staff', 'math')"),
        ("roles", "('admin',)"),
        ("tokens", "<tokens: none>"),
        ("locale", "en"),
        ("sub", "108"),
    ],
)
def test_attributes_of_who_is_signed_in(world: World, name: str, expected: str) -> None:
    world.signed_in()
    assert value(f"str(user.{name})") == expected


OWN = ["id", "name", "email", "email_verified", "picture", "provider", "claims", "groups",
       "roles", "tokens", "expires_at"]  # fmt: skip


def test_what_goes_wrong_in_a_field_is_not_called_a_missing_one(world: World) -> None:
    world.signed_in()
    del world.realm.sessions["cookie"].provider
    assert "object has no attribute 'provider'" in error("user.id")


@pytest.mark.parametrize("name", OWN)
def test_named_fields_are_none_for_a_stranger(world: World, name: str) -> None:
    assert value(f"user.{name} is None") == "True"


@pytest.mark.parametrize("name", ["name", "email", "email_verified", "picture", "groups", "roles"])
def test_named_fields_are_none_where_the_provider_says_nothing(world: World, name: str) -> None:
    world.signed_in({"sub": "108"})
    assert value(f"user.{name} is None") == "True"


def test_own_names_win_as_attributes_and_claims_as_items(world: World) -> None:
    world.signed_in()
    assert value("(user.id, user['id'])") == "('google:108', 'a claim called id')"
    assert value("(user.provider, user['provider'])") == "('google', 'a claim called provider')"


def test_no_claim_signs_a_stranger_in_or_speaks_for_is_logged_in(world: World) -> None:
    world.signed_in({"is_logged_in": False, "logged_in": "no"})
    assert value("(user['is_logged_in'], user.is_logged_in)") == "(True, True)"
    world.stranger()
    assert value("user.to_dict()") == "{'is_logged_in': False}"


def test_an_unknown_attribute_lists_what_there_is(world: World) -> None:
    world.signed_in({"sub": "108", "locale": "a value nobody needs here"})
    text = error("user.nickname")
    assert "user has no attribute 'nickname'" in text
    assert "email_verified" in text
    assert "the claims sub, locale" in text
    assert "a value nobody needs here" not in text
    world.stranger()
    assert "claims sub" not in error("user.nickname")


@pytest.mark.parametrize(
    ("claims", "email", "verified"),
    [
        ({"email": "a@b.c", "email_verified": True}, "a@b.c", "True"),
        ({"email": "a@b.c", "email_verified": "true"}, "a@b.c", "True"),
        ({"email": "a@b.c", "email_verified": "True"}, "None", "False"),
        ({"email": "a@b.c", "email_verified": 1}, "None", "False"),
        ({"email": "a@b.c", "email_verified": False}, "None", "False"),
        ({"email": "a@b.c"}, "None", "False"),
        ({"email_verified": True}, "None", "None"),
        ({"email": ["a@b.c"], "email_verified": True}, "None", "None"),
        ({"email": "", "email_verified": True}, "None", "None"),
    ],
)
def test_the_address_is_there_only_when_verified(
    world: World, claims: dict[str, Any], email: str, verified: str
) -> None:
    world.signed_in(claims)
    assert value("(str(user.email), str(user.email_verified))") == f"('{email}', '{verified}')"


def test_the_address_of_a_trusted_provider_counts_as_verified(world: World) -> None:
    world.facts["providers"] = [
        {"name": "google", "trust_email": False},
        {"name": "github", "trust_email": True},
    ]
    world.signed_in({"email": "a@b.c"}, "github")
    assert value("(user.email, user.email_verified)") == "('a@b.c', True)"
    world.signed_in({"email": "a@b.c"}, "google")
    assert value("user.email") == "None"


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"roles": ["a", "b"]}, "('a', 'b')"),
        ({"roles": "a"}, "('a',)"),
        ({"roles": ["a", 1, None, ["b"]]}, "('a',)"),
        ({"roles": {"a": True}}, "None"),
        ({"roles": ""}, "()"),
        ({"realm_access": {"roles": ["k"]}}, "('k',)"),
        ({"roles": [], "realm_access": {"roles": ["k"]}}, "()"),
        ({"realm_access": "k"}, "None"),
        ({"realm_access": {}}, "None"),
    ],
)
def test_roles_are_texts(world: World, claims: dict[str, Any], roles: str) -> None:
    world.signed_in(claims)
    assert value("str(user.roles)") == roles


def test_expires_at_is_an_aware_time(world: World) -> None:
    world.signed_in()
    assert value("user.expires_at") == str(datetime.fromtimestamp(2e9, UTC))


def test_two_providers_never_share_an_id(world: World) -> None:
    world.signed_in()
    one = value("user.id")
    world.signed_in(provider="github")
    assert value("user.id") != one


# Tokens


def test_only_exposed_tokens_are_there(world: World) -> None:
    world.signed_in()
    world.facts["expose_tokens"] = ["access"]
    assert value("user.tokens.access") == "access-token-nobody-may-see"
    assert value("user.tokens['access']") == "access-token-nobody-may-see"
    assert value("list(user.tokens)") == "['access']"
    assert "`expose_tokens` in [auth]" in error("user.tokens.id")
    assert "'id'" in error("user.tokens['id']")
    assert value("user.tokens.to_dict()") == "{'access': 'access-token-nobody-may-see'}"


def test_a_token_that_nobody_sent_is_not_there(world: World) -> None:
    world.signed_in()
    world.facts["expose_tokens"] = ["id", "access"]
    world.realm.sessions["cookie"].id_token = ""
    assert value("list(user.tokens)") == "['access']"


@pytest.mark.parametrize(
    "expression",
    ["repr(user)", "str(user)", "repr(user.tokens)", "user.to_dict()", "list(user.items())",
     "repr(user.claims)"],
)  # fmt: skip
def test_nothing_shows_a_token(world: World, expression: str) -> None:
    world.signed_in()
    world.facts["expose_tokens"] = ["id", "access", "refresh"]
    assert "nobody-may-see" not in value(expression)


def test_tokens_cannot_be_changed_or_pickled(world: World) -> None:
    world.signed_in()
    assert "cannot be changed" in error("user.tokens.access = 'x'")
    assert "cannot be pickled" in error("import pickle; pickle.dumps(user.tokens)")


# A mapping


def test_it_is_a_mapping_of_the_claims(world: World) -> None:
    world.signed_in({"sub": "108", "name": "Ada"})
    assert value("user.to_dict()") == (
        "{'provider': 'google', 'sub': '108', 'name': 'Ada', 'is_logged_in': True}"
    )
    assert value("dict(user) == user.to_dict() == user") == "True"
    assert value("(len(user), 'name' in user, 'nope' in user)") == "(4, True, False)"
    assert value("(user.get('nope'), user.get('name'), list(user))") == (
        "(None, 'Ada', ['provider', 'sub', 'name', 'is_logged_in'])"
    )
    assert error("user['nope']") == "'nope'"


@pytest.mark.parametrize(
    "change",
    ["user.name = 'Eve'", "user.roles = ('admin',)", "user.logged_in = True", "del user.name",
     "user.new = 1", "user._Mapping__x = 1", "user.claims['roles'] = ['admin']",
     "user['name'] = 'Eve'"],
)  # fmt: skip
def test_it_cannot_be_changed(world: World, change: str) -> None:
    world.signed_in()
    assert error(change)


def test_changes_of_what_was_read_are_not_seen_again(world: World) -> None:
    world.signed_in()
    body = "user.claims['groups'].append('admin'); user['groups'].append('admin')\nst.text('admin' in user.groups)"
    assert run(body).text[0].value == "False"


def test_it_has_no_hash_and_is_never_pickled_or_copied() -> None:
    for refused in (hash, pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            refused(the_user)
    for refused in (hash, pickle.dumps):
        with pytest.raises(TypeError):
            refused(the_user.logged_in)


def test_it_is_one_object_under_every_name() -> None:
    assert importlib.import_module("st_oauth.user") is not the_user
    assert st_oauth.user is the_user
    assert st_oauth.st_oauth.user is the_user


@pytest.mark.parametrize(
    "first", ["import st_oauth.user", "from st_oauth.user import User", "import st_oauth.gate"]
)
def test_its_file_never_takes_its_name(first: str) -> None:
    code = f"{first}\nfrom st_oauth import user\nimport st_oauth\nprint(type(user).__name__, st_oauth.user is user)"
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["User", "True"]


def test_import_of_the_package_brings_no_streamlit() -> None:
    code = "import st_oauth, st_oauth.visits, sys; print('streamlit' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


# Answers of the moment


def test_the_visit_is_looked_for_once_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    visit = visits.open_visit(Realm(), {}, "")  # type: ignore[arg-type]
    find = visits.find

    def counted(handle: str) -> visits.Visit | None:
        looked.append(handle)
        return find(handle)

    context = Context(monkeypatch)
    context.cookies[visits.COOKIE] = visit.handle
    monkeypatch.setattr(visits, "find", counted)
    at = run("st.text((user.name, bool(user)))")
    assert len(looked) == 1
    at.run()
    assert len(looked) == 2
    visits.close_visit(visit)


def test_a_visit_that_ends_within_a_run_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    visit = visits.open_visit(Realm(), {}, "")  # type: ignore[arg-type]
    context = Context(monkeypatch)
    context.cookies[visits.COOKIE] = visit.handle
    body = (
        "from st_oauth import visits\n"
        "first = bool(user)\n"
        f"visits.close_visit(visits.find({visit.handle!r}))\n"
        "import importlib\n"
        "st.text(importlib.import_module('st_oauth.user').carried())"
    )
    assert run(body).text[0].value == "None"


def test_a_revocation_shows_at_the_next_rerun(world: World) -> None:
    world.signed_in()
    at = run("st.text(user.is_logged_in)")
    world.realm.sessions.clear()
    assert at.run().text[0].value == "False"


def test_a_changed_claim_shows_at_the_next_rerun(world: World) -> None:
    world.signed_in({"roles": ["admin"]})
    at = run("st.text(user.roles)")
    world.realm.sessions["cookie"] = Identity({"roles": []})
    assert at.run().text[0].value == "()"


def test_a_networked_store_is_asked_once_a_rerun(world: World) -> None:
    world.facts["blocking"] = True
    world.signed_in()
    asked: list[str] = []
    identify = world.realm.identify

    def counted(cookie: str) -> Identity | None:
        asked.append(cookie)
        return identify(cookie)

    world.realm.identify = counted  # type: ignore[method-assign]
    at = run("st.text((user.name, user.email, user.logged_in(), bool(user)))")
    assert len(asked) == 1
    at.run()
    assert len(asked) == 2


# Where nobody can be answered for


@pytest.mark.parametrize("cache", ["cache_data", "cache_resource"])
@pytest.mark.parametrize("read", [*(f"bool({each})" for each in SPELLINGS), "user.name", "user['x']",
                                  "user.to_dict()", "user.login()", "user.logout()"])  # fmt: skip
def test_a_cached_function_may_not_read_it(world: World, cache: str, read: str) -> None:
    world.signed_in()
    text = error(f"@st.{cache}\ndef kept():\n    return {read}\nkept()")
    assert "Pass user.id as an argument" in text
    assert "user.logged_in() outside" in text


def test_user_is_no_argument_of_a_cached_function(world: World) -> None:
    world.signed_in()
    assert "hash" in error("@st.cache_data\ndef kept(who):\n    return 1\nkept(user)").lower()
    assert value("st.cache_data(lambda who: who)(user.id)") == "google:108"


@pytest.mark.parametrize(
    "read", [*(f"bool({each})" for each in SPELLINGS), "user.name", "repr(user)"]
)
def test_where_nobody_knows_the_script_stops(
    world: World, caplog: pytest.LogCaptureFixture, read: str
) -> None:
    world.signed_in()
    world.realm.broken = True
    caplog.set_level(logging.INFO, "st_oauth")
    at = run(f"{read}\nst.text('open')")
    assert not at.text
    assert not at.exception
    assert "cannot be checked at the moment" in at.error[0].value
    assert "10.0.0.7" not in at.error[0].value
    records = [record for record in caplog.records if record.name == "st_oauth"]
    told = [json.loads(record.message) for record in records]
    # An app of another test may read its configuration at any time.
    events = [event for event in told if event["event"] != "configuration_read"]
    assert [event["event"] for event in events] == ["identity_unknown"]
    assert events[0]["reference"] in at.error[0].value
    assert events[0]["detail"] == "no answer from 10.0.0.7"
    assert events[0]["reason"] == "store_failed"


def test_where_nobody_knows_the_listener_is_told(world: World) -> None:
    told: list[dict[str, Any]] = []
    world.signed_in()
    assert world.visit is not None
    world.visit.tell = told.append
    world.realm.broken = True
    run("user.name")
    assert [(each["event"], each["reason"]) for each in told] == [
        ("identity_unknown", "store_failed")
    ]


def test_where_nobody_knows_at_logout_the_script_stops(world: World) -> None:
    world.signed_in()
    world.realm.broken_for_tickets = True
    at = run("user.logout()\nst.text('open')")
    assert not at.text
    assert not html(at)
    assert "cannot be checked at the moment" in at.error[0].value


def test_a_thread_of_a_running_app_gets_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streamlit, "serving", lambda: True)
    raised: list[BaseException] = []

    def read() -> None:
        try:
            bool(the_user)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is looked at
            raised.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert isinstance(raised[0], st_oauth.NoSessionError)
    assert "pass it on to the thread" in str(raised[0])
    assert repr(the_user) == "<user>" or repr(the_user) == "<user: nobody is signed in>"


def test_while_an_app_is_imported_everybody_is_a_stranger(tmp_path: Path) -> None:
    (tmp_path / "one_file.py").write_text(
        "from st_oauth import user\n"
        "seen = (bool(user), user.logged_in(), bool(user.logged_in), user.is_logged_in, user.name)\n"
        "user.login(); user.logout()\n"
    )
    code = "import one_file; print(one_file.seen)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "(False, False, False, False, None)"


@pytest.mark.parametrize(
    "use", ["user.logged_in()", "bool(user)", "user.name", "user.login()", "user.logout()"]
)
def test_a_script_started_by_python_ends_with_the_message(tmp_path: Path, use: str) -> None:
    script = tmp_path / "app.py"
    script.write_text(f"from st_oauth import user\n{use}\nprint('open')\n")
    ran = subprocess.run(
        [sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "open" not in ran.stdout
    assert ran.stderr.count("started as `python app.py`") == 1
    assert "streamlit run app.py" in ran.stderr
    assert "app = st.App(__file__, **st_oauth.app())" in ran.stderr


def test_a_helper_of_a_script_started_by_python_ends_it_too(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("from st_oauth import user\ndef ask(): return bool(user)\n")
    (tmp_path / "app.py").write_text("import helper\nhelper.ask()\nprint('open')\n")
    ran = subprocess.run(
        [sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (1, "")


# Without our middleware


class Context:
    """What a script sees of the request that opened its session."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        patch.setattr(module, "st", SimpleNamespace(context=self, stop=st.stop))


@pytest.fixture
def plain_server(monkeypatch: pytest.MonkeyPatch) -> Context:
    """A server without our middleware: a browser is there, and no visit."""
    monkeypatch.setattr(_streamlit, "serving", lambda: True)
    monkeypatch.setattr(started, "_said", {})
    context = Context(monkeypatch)
    context.headers["Host"] = "app.example"
    return context


@pytest.mark.parametrize("use", [*(f"bool({each})" for each in SPELLINGS), "user.name",
                                 "user.login()", "user.logout()", "repr(user)"])  # fmt: skip
@pytest.mark.usefixtures("plain_server")
def test_without_the_middleware_every_use_stops(use: str, caplog: pytest.LogCaptureFixture) -> None:
    at = run(f"{use}\nst.text('open')")
    assert not at.text
    assert not at.exception
    assert "started without its sign-in" in at.error[0].value or "Reference" in at.error[0].value
    assert sum("leaves its sign-in out" in each.message for each in caplog.records) == 1


def test_where_the_browser_has_gone_the_script_stops_without_a_word(plain_server: Context) -> None:
    plain_server.headers.clear()
    at = run("bool(user)\nst.text('open')")
    assert not at.text
    assert not at.error


def test_a_made_up_handle_opens_nothing(plain_server: Context) -> None:
    plain_server.cookies[visits.COOKIE] = "made-up"
    at = run("bool(user)\nst.text('open')")
    assert not at.text


@pytest.mark.parametrize("place", ["cookies", "headers"])
def test_the_visit_is_found_by_cookie_and_by_header(plain_server: Context, place: str) -> None:
    realm = Realm()
    realm.sessions["cookie"] = Identity(CLAIMS)
    visit = visits.open_visit(realm, {}, "cookie")  # type: ignore[arg-type]
    name = visits.COOKIE if place == "cookies" else visits.HEADER
    getattr(plain_server, place)[name] = visit.handle
    assert value("user.name") == "Ada Lovelace"
    visits.close_visit(visit)


# login and logout


def test_login_sends_the_browser_and_stops(world: World) -> None:
    at = run("user.login()\nst.text('open')")
    assert not at.text
    (body,) = html(at)
    assert '"url": "/foo/auth/login?t=TICKET%2B%2F\\u0026"' in body
    assert '"user": "/foo/auth/user"' in body
    assert '"next": null' in body
    assert world.realm.requests == [{"provider": None, "params": {}}]


def test_login_hands_provider_and_parameters_on(world: World) -> None:
    run("user.login('github', login_hint='ada@example.com', acr_values='2')")
    assert world.realm.requests == [
        {"provider": "github", "params": {"login_hint": "ada@example.com", "acr_values": "2"}}
    ]


def test_an_unknown_provider_is_an_error(world: World) -> None:
    assert "no provider 'unknown'" in error("user.login('unknown')")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("/", "/foo/"),
        ("/reports?a=1&a=2#top", "/foo/reports?a=1&a=2#top"),
        ("/foo", "/foo"),
        ("/foo/reports", "/foo/reports"),
        ("/foo?a=1", "/foo?a=1"),
        ("/food", "/foo/food"),
    ],
)
def test_login_may_come_back_elsewhere_in_the_app(world: World, given: str, sent: str) -> None:
    (body,) = html(run(f"user.login(next={given!r})"))
    assert f'"next": {json.dumps(sent)}'.replace("&", "\\u0026") in body


@pytest.mark.parametrize(
    "given",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "reports",
     "", "javascript:alert(1)", "/\t/evil.example", "/a\nb", " /a", "/a\\b", "/\x00"],
)  # fmt: skip
def test_rd_login_comes_back_to_this_app_only(world: World, given: str) -> None:
    assert "is no path in this app" in error(f"user.login(next={given!r})")
    assert not world.realm.requests


def test_two_logins_in_a_row_both_run_in_the_browser(world: World) -> None:
    at = run("user.login()")
    (first,) = html(at)
    (second,) = html(at.run())
    assert first != second


def test_what_is_sent_ends_no_script_element(world: World) -> None:
    (body,) = html(run("user.login(next='/</script><script>alert(1)</script>')"))
    assert body.count("</script>") == 1


def test_logout_sends_the_browser_and_stops(world: World) -> None:
    world.signed_in()
    at = run("user.logout()\nst.text('open')")
    assert not at.text
    assert '"url": "/foo/auth/logout?t=GOODBYE"' in html(at)[0]
    assert world.realm.requests == [("cookie", False)]


def test_logout_everywhere_asks_for_that(world: World) -> None:
    world.signed_in()
    run("user.logout(everywhere=True)")
    assert world.realm.requests == [("cookie", True)]


def test_a_stranger_has_nothing_to_leave(world: World) -> None:
    at = run("user.logout()\nst.text('goes on')")
    assert at.text[0].value == "goes on"
    assert not world.realm.requests


@pytest.mark.parametrize("call", ["user.logout", "lambda: [user.logout()]"])
def test_after_a_logout_in_a_callback_nothing_secret_shows(world: World, call: str) -> None:
    world.signed_in()
    at = run(f"st.button('Leave', on_click={call})\nif user: st.text('secret')")
    assert at.text[0].value == "secret"
    at.button[0].click().run()
    assert not at.text
    assert len(html(at)) == 1
    assert not at.run().text


def test_a_script_that_catches_the_stop_meets_a_stranger(world: World) -> None:
    world.signed_in()
    run("try:\n    user.logout()\nexcept BaseException:\n    st.session_state.seen = bool(user)")
    assert world.visit is not None
    assert world.visit.identity() is None


def test_login_in_a_callback_sends_the_browser(world: World) -> None:
    at = run("st.button('Login', on_click=user.login, args=('google',))\nst.text('public')")
    at.button[0].click().run()
    assert len(html(at)) == 1
    assert world.realm.requests == [{"provider": "google", "params": {}}]


def test_st_user_may_be_replaced(world: World) -> None:
    world.signed_in()
    body = "import st_oauth\nst.user = st_oauth.user\nst.text(st.user.logged_in())"
    native = st.user
    try:
        assert run(body).text[0].value == "True"
    finally:
        st.user = native
