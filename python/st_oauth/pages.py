"""Which page of an app a message of its WebSocket runs, where the rules tell pages apart.

All pages share one socket. A message names a page by its hash, else by its name, and Streamlit runs the start page for
a hash or a name that it does not know; so a name counts as that of a page only once the app has told of it. It tells
the browser, in the message of `st.navigation` (which a folder `pages/` is, too); what it says of pages as a run
begins has titles in the place of paths, and the visitor's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from ._streamlit import Told

_MOST: Final = 10_000

START: Final = ""
"""The path of the start page."""


@final
class Pages:
    """The pages of one app, as all its sessions together know them."""

    __slots__ = ("_main", "_names", "_paths", "complete")

    def __init__(self) -> None:
        self._main = ""
        self._names: set[str] = set()
        self._paths: dict[str, frozenset[str]] = {}
        self.complete = False
        """Whether a run has told of its pages, or has ended without."""

    def learn(self, told: Told) -> None:
        """Remember what a session was told. In another one the same page may have another path."""
        self._main = told.main or self._main
        if told.pages is None:
            return
        self.complete = True
        for page, path in told.pages.items():
            if len(self._paths) < _MOST:
                self._paths[page] = self._paths.get(page, frozenset()) | {path}
                self._names.add(path)

    def is_main(self, page: str) -> bool:
        """Whether a hash is that of the script itself: a run whose page is still to be found."""
        return page == self._main

    def wanted(self, page: str, name: str, own: Mapping[str, str] | None) -> list[str] | None:
        """The paths of which a visitor needs every one, for a hash and a name; None where nobody
        knows. `own`: what this session was told."""
        paths: list[str] = []
        if page and page == self._main:
            paths.append(START)
        elif page and own is not None:
            if page not in own:
                return None
            paths.append(own[page])
        elif page:
            if page not in self._paths:
                return None
            paths += sorted(self._paths[page])
        if name or not page:
            paths.append(name)
            if name not in (self._names if own is None else own.values()):
                paths.append(START)
        return paths
