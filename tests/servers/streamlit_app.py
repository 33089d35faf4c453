"""A Streamlit app on a free port, with a home and a state folder of its own."""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from servers.canaries import keep_log, register_settings
from servers.process import ServerProcess, answers, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
FLOOR = ROOT / ".venv-floor" / "bin" / "python"
FLOOR_APP = ROOT / ".venv-floor-app" / "bin" / "python"

# What Python starts an app with; the second is what `st-oauth run` starts.
STREAMLIT_RUN = ("-m", "streamlit", "run")
ST_OAUTH_RUN = ("-m", "st_oauth.run")

_running: list["StreamlitApp"] = []


def running_apps() -> list["StreamlitApp"]:
    """The apps that run at the moment, for the evidence of a failed test."""
    return list(_running)


class StreamlitApp:
    """`streamlit run` of a script, or another command that starts it, as a context manager.

    `script`: the text of the script, or the path of one. `secrets`: the text of .streamlit/secrets.toml, in which
    `{port}` may stay as it is (Streamlit fills it). `env`: added to the environment; a value of None
    removes the name. `base_path`: where it lies below its origin. `home`: HOME and state folder to share with another
    app; else one of its own. `workdir`: a folder to run in that stays; else a temporary one. `python`: the one of
    another environment: FLOOR has the oldest Streamlit that the gate works with, FLOOR_APP the oldest that the
    middleware works with. `command`: STREAMLIT_RUN or ST_OAUTH_RUN.
    """

    def __init__(
        self,
        script: str | Path,
        env: Mapping[str, str | None] | None = None,
        secrets: str | None = None,
        port: int = 0,
        args: Sequence[str] = (),
        home: Path | None = None,
        workdir: Path | None = None,
        base_path: str = "",
        python: Path | str = sys.executable,
        command: Sequence[str] = STREAMLIT_RUN,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self._script, self._secrets = script, secrets
        self._python, self._command = str(python), command
        self._args, self._extra_env = list(args), dict(env or {})
        self._base = f"/{base_path.strip('/')}" if base_path else ""
        self._temporary = Path(tempfile.mkdtemp(prefix="st-oauth-app-"))
        self.workdir = workdir or self._temporary / "app"
        self.home = home or self._temporary / "home"
        self._process: ServerProcess | None = None

    def _prepare(self) -> Path:
        self.workdir.mkdir(parents=True, exist_ok=True)
        (self.home / "state").mkdir(parents=True, exist_ok=True)
        if self._secrets is not None:
            register_settings(self._secrets)
            (self.workdir / ".streamlit").mkdir(exist_ok=True)
            (self.workdir / ".streamlit" / "secrets.toml").write_text(
                self._secrets, encoding="utf-8"
            )
        if isinstance(self._script, Path):
            return self._script.resolve()
        path = self.workdir / "app.py"
        path.write_text(self._script, encoding="utf-8")
        return path

    def write_secrets(self, text: str) -> None:
        """Another secrets.toml, in one step, while the app runs and after a restart."""
        self._secrets = text
        register_settings(text)
        folder = self.workdir / ".streamlit"
        folder.mkdir(exist_ok=True)
        (folder / "next.toml").write_text(text, encoding="utf-8")
        (folder / "next.toml").rename(folder / "secrets.toml")

    def _env(self) -> dict[str, str]:
        env = {
            name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")
        }
        env |= {
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "PYTHONUNBUFFERED": "1",
        }
        for name, value in self._extra_env.items():
            if value is None:
                env.pop(name, None)
            else:
                env[name] = value
        return env

    def start(self) -> Self:
        """Start it and wait until it answers."""
        script = self._prepare()
        command = [
            *(self._python, *self._command, str(script)),
            "--server.headless=true",
            f"--server.port={self.port}",
            "--server.address=127.0.0.1",
            "--browser.gatherUsageStats=false",
            "--server.fileWatcherType=none",
            *([f"--server.baseUrlPath={self._base}"] if self._base else []),
            *self._args,
        ]
        self._process = ServerProcess(command, self._env(), self.workdir, self._temporary / "log")
        base = next((a.partition("=")[2] for a in self._args if "baseUrlPath=" in a), "").strip("/")
        below = self._base or (f"/{base}" if base else "")
        health = f"http://127.0.0.1:{self.port}{below}/_stcore/health"
        self._process.wait_until(lambda: answers(health), "the Streamlit app")
        _running.append(self)
        return self

    @property
    def log(self) -> str:
        """What the app has written so far."""
        return self._process.log if self._process else ""

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL, as a machine that loses power would do."""
        if self in _running:
            _running.remove(self)
        if self._process:
            self._process.kill()
            self._keep_log()

    def stop(self) -> None:
        """End it and wait for its end."""
        if self in _running:
            _running.remove(self)
        if self._process:
            self._process.stop()
            self._keep_log()

    def _keep_log(self) -> None:
        if self._temporary.exists():
            keep_log(f"streamlit-{self.port}", self.log)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if kind is not None:
            work = Path(__file__).resolve().parent.parent / ".work"
            work.mkdir(exist_ok=True)
            (work / f"streamlit-{self.port}.log").write_text(self.log, encoding="utf-8")
        shutil.rmtree(self._temporary, ignore_errors=True)
