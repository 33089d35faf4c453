"""What a type checker makes of the public names; `mypy --strict` is clean on this file."""

from collections.abc import Callable
from typing import Any, assert_type

import st_oauth as package
from st_oauth import ConfigError, NoSessionError, st_oauth

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
