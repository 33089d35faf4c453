"""What st_oauth raises."""

from __future__ import annotations

from typing import Any


class ConfigError(Exception):
    """The configuration is wrong; the message names file, block, key and the mend of each error.

    Inside a script run `st_oauth()` shows this text in the page and stops the script, so a page
    never goes on without an identity; the exception itself is raised where no script runs.
    """

    def __init__(self, findings: list[dict[str, Any]]) -> None:
        self.findings = findings
        """Every finding that is an error, as the engine reported it."""
        super().__init__("\n".join(str(finding["message"]) for finding in findings))


class NoSessionError(RuntimeError):
    """`st_oauth()` or `user` was used where no session of Streamlit runs, or where what one visitor
    gets is kept for others, so there is nobody to answer for."""


ConfigError.__module__ = NoSessionError.__module__ = "st_oauth"
