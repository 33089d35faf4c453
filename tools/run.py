"""make run: `st-oauth dev APP` on free ports, until Ctrl-C or SIGTERM; nothing is left behind.

    tools/run.py [--check] APP

APP is a script, or the name of a folder in examples/. With --check it signs in once in Chromium (run_check.py) and
ends.
"""

import argparse
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
READY_SEC = 90
ST_OAUTH = ROOT / ".venv" / "bin" / "st-oauth"
libc = ctypes.CDLL(None)


class Stopped(Exception):
    """Somebody asked this program to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def stop(number: int, frame: FrameType | None) -> None:
    raise Stopped(number)


def is_free(port: int) -> bool:
    """Whether nobody listens on this port, on either kind of loopback."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return False
        if family == socket.AF_INET:
            with socket.socket(family) as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    listener.bind((host, port))
                except OSError:
                    return False
    return True


def pick_port(wanted: int) -> int:
    """The port wanted, or a free one."""
    if is_free(wanted):
        return wanted
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    print(f"run: port {wanted} is busy, taking {port}", flush=True)
    return port


def has_browser() -> bool:
    """Whether a browser can be opened for a person here."""
    screen = (
        sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    return bool(screen) and shutil.which(opener) is not None


def app_env() -> dict[str, str]:
    """The environment of the app: reachable from this machine only, without questions."""
    env = os.environ | {
        "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
    }
    env.setdefault("STREAMLIT_SERVER_HEADLESS", "true")
    env.setdefault("STREAMLIT_SERVER_ADDRESS", "127.0.0.1")
    env.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")
    return env


def in_child() -> None:
    """SIGTERM to the child when this process is gone, however that came."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError, ValueError), opener.open(url, timeout=2) as response:
        return bool(response.status == 200)
    return False


def children() -> list[int]:
    """The children of this process, adopted ones too."""
    found: list[int] = []
    for file in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(pid) for pid in file.read_text().split()]
    return found


def reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def end_everything(process: subprocess.Popen[bytes] | None) -> None:
    """SIGTERM, eight seconds, SIGKILL: the child, its group, and whatever it left to us."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(8)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while (left := children()) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        reap()
        time.sleep(0.02)


def wait_until_ready(process: subprocess.Popen[bytes], url: str) -> bool:
    """Wait for the app; False when it ended or took too long."""
    deadline = time.monotonic() + READY_SEC
    while not answers(f"{url}/_stcore/health"):
        if process.poll() is not None:
            print(f"run: `st-oauth dev` ended with {process.returncode}", file=sys.stderr)
            return False
        if time.monotonic() > deadline:
            print(f"run: the app did not answer within {READY_SEC} s", file=sys.stderr)
            return False
        time.sleep(0.1)
    return True


def serve(process: subprocess.Popen[bytes], port: int, app: Path, check: bool) -> int:
    """Tell the address, then check once or wait for the end."""
    if not wait_until_ready(process, f"http://127.0.0.1:{port}"):
        return 1
    url = f"http://localhost:{port}"
    print(f"run: the app is at {url}  (Ctrl-C ends it)", flush=True)
    if check:
        command = [sys.executable, str(ROOT / "tools" / "run_check.py"), url, str(app)]
        return subprocess.run(command, check=False).returncode
    return process.wait()


def find_app(given: str) -> Path | None:
    """The script that is meant: a path, or an example by its name."""
    for path in (Path(given), ROOT / "examples" / given / "app.py"):
        if path.is_file():
            return path
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("app")
    args = parser.parse_args()
    app = find_app(args.app)
    if app is None:
        print(f"run: neither a script nor an example: {args.app}", file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    process = None
    try:
        port = pick_port(8501)
        command = [str(ST_OAUTH), "dev", str(app), "--app-port", str(port)]
        if has_browser() and not args.check:
            command.append("--open")
        process = subprocess.Popen(
            command,
            env=app_env(),
            start_new_session=True,
            preexec_fn=in_child,  # noqa: PLW1509 (prctl alone)
        )
        return serve(process, port, app, args.check)
    except Stopped as stopped:
        print("run: ended", flush=True)
        return 0 if stopped.number == signal.SIGINT else 128 + stopped.number
    finally:
        end_everything(process)


if __name__ == "__main__":
    sys.exit(main())
