"""What a type checker makes of the public names; `mypy --strict` is clean on this file."""

from collections.abc import Callable
from typing import Any

import st_oauth as package
from st_oauth import ConfigError, NoSessionError, st_oauth

identity: Any = st_oauth()
identity = st_oauth("myoauth")
identity = st_oauth({"client_id": "app"}, "Sign in")
identity = st_oauth(label="Sign in")
identity = package.st_oauth("myoauth", label="Sign in")
identity = package("myoauth")  # type: ignore[operator]

leave: Callable[[], None] = st_oauth.logout
leave = package.logout
errors: tuple[type[Exception], ...] = (ConfigError, NoSessionError, st_oauth.ConfigError)
version: str = package.__version__

with package.testing.signed_in("ada"):
    pass
