"""Sign-in for Streamlit apps.

import streamlit as st
from st_oauth import st_oauth

id = st_oauth("myoauth", "Click to login via OAuth")
st.write("Only seen after authentication")

Or, with sessions that last, for a whole app:

from st_oauth import user

if user.logged_in():
    st.write(f"Welcome, {user.name}!")
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal, final, overload

from ._core import version as _version
from .errors import ConfigError, NoSessionError

if TYPE_CHECKING:
    from . import testing as testing
    from .asgi import app as app
    from .asgi import protect as protect
    from .user import User
    from .user import user as user

__all__ = [
    "ConfigError",
    "NoSessionError",
    "__version__",
    "app",
    "logout",
    "protect",
    "st_oauth",
    "testing",
    "user",
]

__version__: Final = _version()


_Config = str | Mapping[str, Any] | None
_LABEL: Final = "Login via OAuth"


@final
class _StOAuth:
    """The function `st_oauth`, which carries the public names of the package as well."""

    __slots__ = ("_sign_in",)

    ConfigError = ConfigError
    NoSessionError = NoSessionError
    __version__ = __version__

    def __init__(self) -> None:
        self._sign_in: Callable[[_Config, str, str | None, bool], Any] = _first_call

    @overload
    def __call__(
        self,
        config: _Config = None,
        label: str = _LABEL,
        *,
        logout: str | None = None,
        required: Literal[True] = True,
    ) -> Any: ...

    @overload
    def __call__(
        self,
        config: _Config = None,
        label: str = _LABEL,
        *,
        logout: str | None = None,
        required: bool,
    ) -> Any | None: ...

    def __call__(
        self,
        config: _Config = None,
        label: str = _LABEL,
        *,
        logout: str | None = None,
        required: bool = True,
    ) -> Any:
        """The identity of the visitor; until there is one, a link is shown and the script stops.

        `config`: the name of a block in secrets.toml, or a mapping with the settings; without it
        the block `oauth`. `label`: the text of the link. `logout`: the text of a button in the
        sidebar that signs the visitor out; without it there is none. `required=False`: nothing is
        shown and nothing stops; a login that comes back is finished all the same, and the value is
        None for a visitor who is not signed in.

        A wrong configuration is shown in the page, which then stops too. Raises `NoSessionError`
        where no session runs (a plain Python process, a thread, a cached function), or
        `ConfigError` there when the configuration is wrong.
        """
        return self._sign_in(config, label, logout, required)

    def __repr__(self) -> str:
        return "<function st_oauth>"

    def logout(self) -> None:
        """Sign the visitor of this session out of every gate; the script runs again from the top.
        In an app with native sign-in this is `user.logout()`.

        Fits `st.button("Logout", on_click=st_oauth.logout)` as well as a plain call.
        """
        logout()

    @property
    def testing(self) -> ModuleType:
        """The module `st_oauth.testing`."""
        from . import testing

        return testing

    @property
    def user(self) -> User:
        """The object `st_oauth.user`."""
        return _user()

    @property
    def app(self) -> Callable[..., dict[str, Any]]:
        """The function `st_oauth.app`."""
        from .asgi import app

        return app

    @property
    def protect(self) -> Callable[..., Any]:
        """The function `st_oauth.protect`."""
        from .asgi import protect

        return protect


def _first_call(config: _Config, label: str, logout: str | None, required: bool) -> Any:
    """Load the gate, which needs Streamlit, when it is wanted for the first time."""
    from .gate import sign_in

    st_oauth._sign_in = sign_in
    return sign_in(config, label, logout, required)


def logout() -> None:
    """Sign the visitor of this session out of every gate; the script runs again from the top."""
    from .gate import sign_out

    sign_out()


def _user() -> User:
    """The object `user`, whose file needs Streamlit, when it is wanted for the first time."""
    from .user import user

    return user


st_oauth: Final = _StOAuth()


class _CallableModule(ModuleType):
    """The package itself: `import st_oauth; st_oauth("myoauth")`."""

    @overload
    def __call__(
        self,
        config: _Config = None,
        label: str = _LABEL,
        *,
        logout: str | None = None,
        required: Literal[True] = True,
    ) -> Any: ...

    @overload
    def __call__(
        self,
        config: _Config = None,
        label: str = _LABEL,
        *,
        logout: str | None = None,
        required: bool,
    ) -> Any | None: ...

    def __call__(
        self,
        config: _Config = None,
        label: str = _LABEL,
        *,
        logout: str | None = None,
        required: bool = True,
    ) -> Any:
        return st_oauth(config, label, logout=logout, required=required)

    @property
    def user(self) -> User:
        """The object `user`."""
        return _user()

    @user.setter
    def user(self, module: object) -> None:
        """The import system puts a file of a package into it under its name. Here that name is
        the object's."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "testing":
        return import_module(".testing", __name__)
    if name in ("app", "protect"):
        return getattr(import_module(".asgi", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


sys.modules[__name__].__class__ = _CallableModule
