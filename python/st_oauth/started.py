"""What to say when an app was started without the middleware that carries its sign-in.

Whatever the command was, an app that uses `user` must not open then: the script stops, and the
terminal and whoever sits at this machine read which command to type.
"""

from __future__ import annotations

import ast
import logging
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from types import FrameType
from typing import Final

from . import _streamlit, page, place
from .errors import NoSessionError

_LOG = logging.getLogger("st_oauth")
_MAX_FILES: Final = 200
_MAX_BYTES: Final = 262_144

_FORM: Final = """\
import streamlit as st
import st_oauth

app = st.App(__file__, **st_oauth.app())"""

_said: dict[str, str] = {}
"""Texts the terminal has shown, each with its reference."""


def show_how() -> None:
    """Say what was started and what to start instead, in the page and once in the terminal."""
    script = _streamlit.script()
    text = how(script)
    reference = _say(text)
    page.show_uncarried(text if place.in_full() else "", reference)


def without_session() -> None:
    """Where no session runs: go on as for a visitor who is not signed in while Streamlit, or
    another server, imports the app. A script that was started by itself ends with the message;
    a thread of a running app gets an error, because it could be anybody's."""
    if _streamlit.serving():
        raise NoSessionError(
            "user was read where no session of Streamlit runs, so it could be anybody: read "
            "user.id in the script itself and pass it on to the thread."
        )
    script = _started_script()
    if script is not None:
        text = how(script)
        _say(text)
        raise SystemExit(1)


def how(script: str) -> str:
    """The message: what was started, the command to type, the form of the app that it finds."""
    where = Path(script)
    app = _app_of(where)
    lines = [f"This app was started as `{_command(where)}`, which leaves its sign-in out."]
    if app is not None:
        lines.append(f"Start it with:\n\n    streamlit run {_shown(app)}")
    else:
        lines.append(
            f"Write this at the top of {where.name}, where `streamlit run` finds it:\n\n"
            + indent(_FORM, "    ")
            + f"\n\nand start it with:\n\n    streamlit run {_shown(where)}"
        )
        if "protect" in _text(where):
            lines.append(
                "With protect() it takes two lines, of which the first is the one that is found:"
                "\n\n    app = st.App(__file__)\n    app = st_oauth.protect(app)"
            )
    return "\n\n".join(lines)


def _say(text: str) -> str:
    """Write the message to the terminal, once in this process; gives its reference."""
    if text not in _said:
        _said[text] = secrets.token_hex(4)
        _LOG.error("%s\n\n(reference %s)", text, _said[text])
    return _said[text]


def _started_script() -> str | None:
    """The file that Python was started with, where it asks itself or through files of its own
    folder: `python app.py`. None where a server, a test or a tool is what was started."""
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    folder = Path(file).resolve().parent if file else None
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == "__main__":
            return str(file or "app.py")
        if not _is_own(frame, folder):
            return None
        frame = frame.f_back
    return None


def _is_own(frame: FrameType, folder: Path | None) -> bool:
    """Whether this is code of ours, or of a file below this folder."""
    if str(frame.f_globals.get("__name__")).startswith("st_oauth."):
        return True
    return folder is not None and folder in Path(frame.f_code.co_filename).resolve().parents


def _command(script: Path) -> str:
    """The command in short. Options are left out: they may hold what nobody should read."""
    given = sys.orig_argv[1:]
    if given[:1] == ["-m"]:
        given = given[1:]
    words = [word for word in given if not word.startswith("-")]
    program = Path(words[0]).name if words and given[0] == words[0] else "python"
    if program == "streamlit":
        return f"streamlit run {script.name}"
    if program in ("python", script.name):
        return f"python {script.name}"
    target = next((word for word in words[1:] if ":" in word and "/" not in word), script.name)
    return f"{program} {target}"


def _shown(path: Path) -> str:
    """A path as one would type it here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _app_of(script: Path) -> Path | None:
    """The file beside a script, or the script itself, in which `streamlit run` finds an app that
    has our middleware and opens this script."""
    for path in _files_beside(script):
        text = _text(path)
        if "st_oauth" in text and _finds(text, path, script):
            return path
    return None


def _files_beside(script: Path) -> Iterator[Path]:
    yield script
    folders = [script.parent, script.parent.parent]
    for folder in folders:
        try:
            found = sorted(folder.glob("*.py"))[:_MAX_FILES]
        except OSError:
            continue
        yield from (path for path in found if path != script)


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_MAX_BYTES)
    except (OSError, UnicodeDecodeError):
        return ""


def _finds(text: str, path: Path, script: Path) -> bool:
    """Whether `app = st.App(...)` stands in this text, for this script, and our name near it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Call) and _is_app(value.func) and _opens(value, path, script):
            return _has_middleware(value, tree)
    return False


def _is_app(func: ast.expr) -> bool:
    return (isinstance(func, ast.Attribute) and func.attr == "App") or (
        isinstance(func, ast.Name) and func.id == "App"
    )


def _opens(call: ast.Call, path: Path, script: Path) -> bool:
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Name) and first.id == "__file__":
        return path == script
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return (path.parent / first.value).resolve() == script.resolve()
    return path != script


def _has_middleware(call: ast.Call, tree: ast.Module) -> bool:
    """Whether it is given `**st_oauth.app()`, or goes through `protect()` on a line of its own."""
    merged = any(keyword.arg is None for keyword in call.keywords)
    return merged or any(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and _name(node.value.func) == "protect"
        and bool(node.value.args)
        and isinstance(node.value.args[0], ast.Name)
        for node in ast.walk(tree)
    )


def _name(func: ast.expr) -> str:
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""
