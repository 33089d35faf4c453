"""`user`: who uses the app at the moment.

One object serves every session, because it holds nothing: each answer is looked up for the session
that asks, in the session store, at that moment. A sign-out elsewhere, or a changed claim, shows at
the next rerun.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, NoReturn, Protocol, final

import streamlit as st

from . import _core, _streamlit, audit, navigate, page, started, visits
from ._streamlit import get_script_run_ctx, in_cached_function
from .errors import NoSessionError

__all__ = ["Tokens", "User", "user"]


class Identity(Protocol):
    """What is read of an identity; `st_oauth.testing` has one of its own."""

    @property
    def subject(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def claims(self) -> str: ...
    @property
    def access_token(self) -> str: ...
    @property
    def id_token(self) -> str: ...
    @property
    def expires_at(self) -> float: ...


class Visit(Protocol):
    """What is asked of a visit; see `visits.Visit`."""

    realm: Any
    cookie: str

    @property
    def facts(self) -> Mapping[str, Any]: ...
    def identity(self, run: object = None) -> Identity | None: ...
    def leave(self) -> None: ...


class _Nobody:
    """The visit where there is none that could be anybody's: in the tests of an app, and while
    Streamlit imports it."""

    realm = None
    cookie = ""
    facts: Mapping[str, Any] = MappingProxyType({})

    def identity(self, run: object = None) -> None:
        return None

    def leave(self) -> None:
        pass


_NOBODY: Final = _Nobody()

test_visit: Visit | None = None
"""What `st_oauth.testing` puts in the place of every visit; None outside of tests."""


@final
class LoggedIn:
    """The answer of `user.logged_in`. It is asked for each time it is used, never kept: `if
    user.logged_in:` and `if user.logged_in():` are the same question."""

    __slots__ = ()

    def __call__(self) -> bool:
        """Whether somebody is signed in."""
        return _identity() is not None

    def __bool__(self) -> bool:
        return _identity() is not None

    def __eq__(self, other: object) -> bool:
        return bool(self) == other if isinstance(other, bool) else other is self

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(bool(self))

    def __reduce__(self) -> NoReturn:
        raise TypeError("user.logged_in cannot be pickled; pass bool(user) on")


@final
class Tokens(Mapping[str, str]):
    """The tokens that `expose_tokens` names, as items and as attributes: `tokens.access`."""

    __slots__ = ("_tokens",)

    _tokens: dict[str, str]

    def __init__(self, tokens: Mapping[str, str]) -> None:
        object.__setattr__(self, "_tokens", dict(tokens))

    def __getitem__(self, name: str) -> str:
        return self._tokens[name]

    def __getattr__(self, name: str) -> str:
        if not name.startswith("_") and name in self._tokens:
            return self._tokens[name]
        raise AttributeError(
            f"user.tokens has no {name!r}: the provider sent none, or `expose_tokens` in [auth] "
            f"does not name it. There are: {', '.join(self._tokens) or 'none'}."
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("user.tokens cannot be changed")

    __delattr__ = __setattr__  # type: ignore[assignment]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens)

    def __len__(self) -> int:
        return len(self._tokens)

    def to_dict(self) -> dict[str, str]:
        """The tokens as a dict of one's own."""
        return dict(self._tokens)

    def __repr__(self) -> str:
        return f"<tokens: {', '.join(self._tokens) or 'none'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("user.tokens cannot be pickled")


@final
class User(Mapping[str, Any]):
    """Who uses the app in the session that asks. Its one instance is `st_oauth.user`.

    As a mapping it holds the claims of the provider as they came, `provider` where no claim is
    called so, and `is_logged_in`. As attributes it has what is described here, and every other
    claim by its name. What is not known is None, and so is everything for a visitor who is not
    signed in. It cannot be changed, and no answer is kept from one rerun to the next.

    Each answer is one visitor's: a function under `st.cache_data` or `st.cache_resource` gives its
    value to everybody, so reading `user` inside of one raises `NoSessionError`. Pass `user.id` as
    an argument.
    """

    __slots__ = ()

    logged_in: Final = LoggedIn()
    """Whether somebody is signed in: `if user.logged_in:` as well as `if user.logged_in():`."""

    @property
    def is_logged_in(self) -> bool:
        """Whether somebody is signed in, as a plain bool."""
        return _identity() is not None

    def __bool__(self) -> bool:
        """Whether somebody is signed in."""
        return _identity() is not None

    @property
    def id(self) -> str | None:
        """Who it is, for a database: provider and subject. It stays the same for good, unlike an
        e-mail address, and two providers never share one."""
        who = _identity()
        return None if who is None else f"{who.provider}:{who.subject}"

    @property
    def name(self) -> str | None:
        """The name to show."""
        return _text(_claims(), "name")

    @property
    def email(self) -> str | None:
        """The e-mail address, if the provider says that it was verified, or `trust_email` is set
        for that provider. The claim as it came is `user["email"]`."""
        claims, verified = _email()
        return _text(claims, "email") if verified else None

    @property
    def email_verified(self) -> bool | None:
        """Whether the address is verified; None where there is no address."""
        claims, verified = _email()
        return None if _text(claims, "email") is None else verified

    @property
    def picture(self) -> str | None:
        """The URL of a picture."""
        return _text(_claims(), "picture")

    @property
    def provider(self) -> str | None:
        """The name of the provider that says so, as the configuration calls it."""
        who = _identity()
        return None if who is None else who.provider

    @property
    def claims(self) -> Mapping[str, Any] | None:
        """Everything the provider said, as it came."""
        who = _identity()
        return None if who is None else MappingProxyType(_decoded(who))

    @property
    def groups(self) -> tuple[str, ...] | None:
        """The groups in the claim `groups`."""
        return _texts(_claims().get("groups"))

    @property
    def roles(self) -> tuple[str, ...] | None:
        """The roles in the claim `roles`, or in Keycloak's `realm_access`."""
        claims = _claims()
        if "roles" not in claims and isinstance(claims.get("realm_access"), dict):
            return _texts(claims["realm_access"].get("roles"))
        return _texts(claims.get("roles"))

    @property
    def tokens(self) -> Tokens | None:
        """The tokens that `expose_tokens` in `[auth]` names: `user.tokens.access`. One that is
        about to end is renewed first, where the provider gave a refresh token."""
        visit = _visit()
        who = renewed(visit)
        if who is None:
            return None
        found = {"id": who.id_token, "access": who.access_token}
        exposed = visit.facts.get("expose_tokens") or ()
        return Tokens({name: token for name, token in found.items() if token and name in exposed})

    @property
    def expires_at(self) -> datetime | None:
        """When the session ends if nobody comes back to it until then."""
        who = _identity()
        return None if who is None else datetime.fromtimestamp(who.expires_at, UTC)

    def to_dict(self) -> dict[str, Any]:
        """Everything the mapping holds, as a dict of one's own; no tokens."""
        return _items()

    def login(self, provider: str | None = None, next: str | None = None, **params: str) -> None:
        """Send the visitor to sign in; afterwards he is back at this page, with its query and
        fragment.

        `provider`: its name in the configuration; without one and with several configured, he
        chooses. `next`: the path in this app to come back to instead. More arguments go to the
        provider as they are: `user.login(login_hint="ada@example.com")`.

        Fits `st.button("Login", on_click=user.login)` as well as a plain call, after which the
        script stops. Raises `ValueError` where `next` is no path in this app, or the provider or
        an argument is not allowed.
        """
        if next is not None and not navigate.is_local(next):
            raise ValueError(
                f"next={next!r} is no path in this app; it has to begin with one slash"
            )
        visit = _visit()
        if get_script_run_ctx(suppress_warning=True) is None:
            return
        ticket = ""
        if visit.realm is not None:
            request = {"provider": provider, "params": params}
            ticket = visit.realm.login_ticket(json.dumps(request))
        navigate.to_login(visit.facts, ticket, next)

    def logout(self, everywhere: bool = False) -> None:
        """Sign the visitor out, in every tab; `everywhere` ends his sessions in other browsers,
        too. Nothing happens for one who is not signed in.

        Fits `st.button("Logout", on_click=user.logout)` as well as a plain call, after which the
        script stops.
        """
        visit = _visit()
        if get_script_run_ctx(suppress_warning=True) is not None and who_is(visit) is not None:
            sign_out(visit, everywhere)

    def __getitem__(self, name: str) -> Any:
        items = _items()
        if name in items:
            return items[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_items())

    def __len__(self) -> int:
        return len(_items())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            # What tools look for in every object. A claim of such a name is there as an item.
            raise AttributeError(f"user has no attribute {name!r}")
        own_field = vars(User).get(name)
        if isinstance(own_field, property) and own_field.fget is not None:
            return own_field.fget(self)  # it raised AttributeError itself: let that be seen
        claims = _claims()
        if name in claims:
            return claims[name]
        own = [each for each in vars(User) if not each.startswith("_")]
        text = f"user has no attribute {name!r}. There are {', '.join(own)}"
        if claims:
            text += f"; and the claims {', '.join(claims)}"
        raise AttributeError(f"{text}.")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("user cannot be changed; it shows what the provider says")

    __delattr__ = __setattr__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("user cannot be pickled or hashed: it is somebody else in each session. "
                        "Pass user.id on.")  # fmt: skip

    def __repr__(self) -> str:
        try:
            who = None if get_script_run_ctx(suppress_warning=True) is None else _identity()
        except NoSessionError:
            return "<user>"
        return (
            "<user: nobody is signed in>" if who is None else f"<user {who.provider}:{who.subject}>"
        )


user: Final = User()


def _identity() -> Identity | None:
    """Who is signed in in the session that asks."""
    return who_is(_visit())


def _visit() -> Visit:
    """The visit of the session that asks. Does not return where no middleware carries it."""
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is None:
        started.without_session()
        return _NOBODY
    if in_cached_function.get():
        raise NoSessionError(
            "user was read in a function under st.cache_data or st.cache_resource: what one "
            "visitor gets there, others get too. Pass user.id as an argument of the function, and "
            "ask user.logged_in() outside of it, before it is called."
        )
    if test_visit is not None:
        return test_visit
    return carried() or _uncarried()


class _Found(threading.local):
    """The visit that this thread's run of a script was found to be of."""

    run: object = None
    visit: visits.Visit | None = None


_found: Final = _Found()


def carried() -> visits.Visit | None:
    """The visit that the middleware has opened for the session that asks. It is looked for once a
    run, unless it ends meanwhile."""
    run = _streamlit.this_run()
    visit = _found.visit
    if visit is not None and run is not None and _found.run is run and not visit.left:
        return visit
    context = st.context
    handle = context.cookies.get(visits.COOKIE) or context.headers.get(visits.HEADER)
    visit = visits.find(handle) if handle else None
    _found.run, _found.visit = run, visit
    return visit


def _uncarried() -> Visit:
    """No middleware carries this session: the script stops, unless it is a test that runs it."""
    if not _streamlit.serving():
        return _NOBODY
    headers = st.context.headers
    if len(headers) and visits.HEADER not in headers and visits.COOKIE not in st.context.cookies:
        started.show_how()
    # Else the browser has gone, or the visit is over, and nobody is there to read anything.
    navigate.stop()


def sign_out(visit: Visit, everywhere: bool = False) -> None:
    """End a visit's session by way of the browser. The rest of the run meets a stranger already."""
    ticket = ""
    if visit.realm is not None:
        try:
            ticket = visit.realm.logout_ticket(visit.cookie, everywhere)
        except _core.StoreError as error:
            _stop_unknown(error, visit)
    visit.leave()
    navigate.to_logout(visit.facts, ticket)


def who_is(visit: Visit) -> Identity | None:
    """Who a visit is of; the script stops where nobody knows."""
    try:
        return visit.identity(_streamlit.this_run())
    except _core.StoreError as error:
        _stop_unknown(error, visit)


def renewed(visit: Visit) -> Identity | None:
    """The same, with tokens that do not end at this moment."""
    who = who_is(visit)
    if who is None or not isinstance(visit, visits.Visit):
        return who
    try:
        return visit.renewed()
    except _core.StoreError as error:
        _stop_unknown(error, visit)


def _stop_unknown(error: Exception, visit: Visit) -> NoReturn:
    """Nobody knows who it is. That is neither signed in nor signed out."""
    reference = secrets.token_hex(4)
    reason, _, detail = str(error).partition(": ")
    event = {"event": "identity_unknown", "reason": reason, "group": "store"}
    event |= {"reference": reference, "detail": detail}
    tell = visit.tell if isinstance(visit, visits.Visit) else None
    if tell is not None:
        tell(event)
    else:
        audit.event(event, None)
    page.show_unknown(reference)
    navigate.stop()


def _decoded(who: Identity) -> dict[str, Any]:
    """The claims; a dict of the caller's own, so that nothing he changes is seen again."""
    claims: dict[str, Any] = json.loads(who.claims)
    return claims


def _claims() -> dict[str, Any]:
    who = _identity()
    return {} if who is None else _decoded(who)


def _items() -> dict[str, Any]:
    who = _identity()
    if who is None:
        return {"is_logged_in": False}
    return {"provider": who.provider} | _decoded(who) | {"is_logged_in": True}


def _email() -> tuple[dict[str, Any], bool]:
    """The claims, and whether their address is verified."""
    visit = _visit()
    who = who_is(visit)
    if who is None:
        return {}, False
    claims = _decoded(who)
    said = claims.get("email_verified")
    return claims, said is True or said == "true" or _trusts_email(visit.facts, who.provider)


def _trusts_email(facts: Mapping[str, Any], provider: str) -> bool:
    return any(
        each.get("name") == provider and each.get("trust_email") is True
        for each in facts.get("providers") or ()
    )


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None


def _texts(value: object) -> tuple[str, ...] | None:
    """A list of texts; one alone counts as a list of one."""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, list):
        return tuple(each for each in value if isinstance(each, str))
    return None
