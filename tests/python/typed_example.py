"""What a type checker makes of the public names; `mypy --strict` is clean on this file."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, assert_type

import st_oauth as package
from st_oauth import ConfigError, NoSessionError, st_oauth, user

identity: Any = st_oauth()
identity = st_oauth("myoauth")
identity = st_oauth({"client_id": "app"}, "Sign in")
identity = st_oauth(label="Sign in")
identity = package.st_oauth("myoauth", label="Sign in")
identity = package("myoauth")  # type: ignore[operator]

identity = st_oauth("myoauth", logout="Log out")
identity = package("myoauth", required=True, logout="Log out")  # type: ignore[operator]
somebody: Any | None = st_oauth("myoauth", required=False)
whoever = st_oauth("myoauth", required=bool(identity))
assert_type(st_oauth("myoauth"), Any)
assert_type(st_oauth("myoauth", required=False), Any | None)

leave: Callable[[], None] = st_oauth.logout
leave = package.logout
errors: tuple[type[Exception], ...] = (ConfigError, NoSessionError, st_oauth.ConfigError)
version: str = package.__version__

with package.testing.signed_in("ada"):
    pass
with package.testing.signed_in("ada", config="myoauth"):
    pass
with package.testing.signed_in(claims={"sub": "ada"}, config={"client_id": "app"}):
    pass
with package.testing.user(name="Ada", roles=["admin"]):
    pass
with package.testing.user(None):
    pass

assert_type(user.logged_in(), bool)
assert_type(user.is_logged_in, bool)
assert_type(bool(user), bool)
assert_type(user.id, str | None)
assert_type(user.email_verified, bool | None)
assert_type(user.roles, tuple[str, ...] | None)
assert_type(user.expires_at, datetime | None)
assert_type(user.to_dict(), dict[str, Any])
assert_type(package.user.name, str | None)
assert_type(st_oauth.user.name, str | None)
claims: Mapping[str, Any] | None = user.claims
mapping: Mapping[str, Any] = user
locale: Any = user.locale
if user.tokens is not None:
    assert_type(user.tokens.access, str)
on_click: list[Callable[[], None]] = [user.login, user.logout]
user.login("google", next="/reports", login_hint="ada@example.com")
user.logout(everywhere=True)
user.name = "Eve"  # type: ignore[misc]
