"""make shots: a picture of every state of every page, light and dark, desktop and phone, checked by axe-core.

The states are the functions named `state_*` in tests/browser/shots_states/*.py. Each gets a page and
whatever the module's own `servers()` yields (a context manager; None without one), brings the page into
its state, and may return a CSS selector of the part that axe-core shall look at (the whole page without one):

    def state_signed_out(page: Page, servers: Servers) -> str | None

In gate.py it gives docs/screenshots/gate-signed_out-light-desktop.png and three more. A violation, or a state
that fails, fails the run.

    shots.py [NAME...]      only the states with these names, as in gate-signed_out
"""

import contextlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from playwright.sync_api import Browser, Error, Page, expect
from servers.chromium import chromium

STATES = ROOT / "tests" / "browser" / "shots_states"
PICTURES = ROOT / "docs" / "screenshots"
AXE = ROOT / "tests" / "servers" / "node_modules" / "axe-core" / "axe.min.js"
DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PREFIX = "shots_states_"
State = Callable[[Page, Any], str | None]


def load(path: Path) -> ModuleType:
    """A module of states."""
    spec = importlib.util.spec_from_file_location(PREFIX + path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def states_of(module: ModuleType, wanted: list[str]) -> dict[str, State]:
    """The states of a module by name, in the order they were written."""
    stem = module.__name__.removeprefix(PREFIX)
    states = {
        f"{stem}-{name.removeprefix('state_')}": value
        for name, value in vars(module).items()
        if name.startswith("state_") and callable(value)
    }
    return {name: one for name, one in states.items() if not wanted or name in wanted}


def violations(page: Page, part: str | None) -> list[str]:
    """What axe-core finds in the page or in a part of it."""
    page.evaluate(AXE.read_text(encoding="utf-8") + "\n;true")
    found = page.evaluate(
        "async part => (await axe.run(part || document)).violations"
        ".map(v => [v.id, v.impact, v.help, v.nodes.map(n => n.html).slice(0, 3)])",
        part,
    )
    return [
        f"{id_} ({impact}): {help_}: {' '.join(nodes)[:400]}" for id_, impact, help_, nodes in found
    ]


def settle(page: Page) -> None:
    """Wait until a Streamlit page shows what its script wrote last; other pages are as they are."""
    if page.locator('[data-testid="stApp"]').count():
        page.locator('[data-test-script-state="notRunning"]').wait_for()
        expect(page.locator('[data-stale="true"]')).to_have_count(0, timeout=15_000)
        page.wait_for_timeout(500)  # the fade of elements that were stale has no event


def shoot(browser: Browser, name: str, state: State, servers: Any) -> list[str]:
    """All four pictures of one state; returns what is wrong."""
    wrong: list[str] = []
    for scheme in SCHEMES:
        for device, settings in DEVICES.items():
            label = f"{name}-{scheme}-{device}"
            context = browser.new_context(color_scheme=scheme, reduced_motion="reduce", **settings)
            context.set_default_timeout(30_000)
            page = context.new_page()
            try:
                part = state(page, servers)
                settle(page)
                page.screenshot(path=PICTURES / f"{label}.png", animations="disabled")
                wrong += [f"{label}: {one}" for one in violations(page, part)]
            except (AssertionError, Error) as error:
                page.screenshot(path=ROOT / "tests" / ".work" / f"{label}.png")
                wrong.append(f"{label}: {error}")
            finally:
                context.close()
            print(f"shots: {label}", flush=True)
    return wrong


@contextlib.contextmanager
def servers_of(module: ModuleType) -> Iterator[Any]:
    if not hasattr(module, "servers"):
        yield None
        return
    with module.servers() as servers:
        yield servers


def main() -> int:
    wanted = sys.argv[1:]
    PICTURES.mkdir(parents=True, exist_ok=True)
    (ROOT / "tests" / ".work").mkdir(exist_ok=True)
    wrong: list[str] = []
    count = 0
    # A name that is this machine and does not look like it, for what a visitor from elsewhere sees.
    with chromium("--host-resolver-rules=MAP app.lan 127.0.0.1") as browser:
        for path in sorted(STATES.glob("*.py")):
            module = load(path)
            states = states_of(module, wanted)
            if not states:
                continue
            with servers_of(module) as servers:
                for name, state in states.items():
                    count += 1
                    wrong += shoot(browser, name, state, servers)
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"shots: {count} states, {len(wrong)} violations or failures")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
