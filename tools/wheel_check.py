"""Looks into the wheel: tools/wheel_check.py WHEEL, with the Python of the environment it is installed in.

Every native file in it finds all it needs inside the wheel, but for what every Linux has; nothing is loaded from this
machine's other libraries; and the import stays as cheap as it is without what was put inside.
"""

import importlib.metadata
import statistics
import subprocess
import sys
import zipfile
from pathlib import Path

IMPORT_MS = 7.0
SIZE_MIB = 24.0
ROUNDS = 11
# What a program may expect of any Linux with glibc, as PEP 600 has it.
EVERYWHERE = ("linux-vdso", "ld-linux", "libc.", "libm.", "libdl.", "libpthread.", "librt.", "libresolv.", "libz.",
              "libgcc_s.", "libstdc++.")  # fmt: skip
WANTED = ("_core.abi3.so", "_lib/libstoauth.so.0", "_lib/stoauth/store_redis.so",
          "_lib/stoauth/transport_curl.so", "_bin/st-oauth", "_bin/st-oauth-check", "_bin/st-oauth-dev",
          "_bin/st-oauth-run")  # fmt: skip
IMPORT = """
import time
import streamlit
started = time.process_time()
import st_oauth
print((time.process_time() - started) * 1e3)
"""
# The modules are loaded as the library loads them: by their paths, in this process.
LOADED = """
import ctypes, sys
from pathlib import Path
import st_oauth
for module in ("store_redis.so", "transport_curl.so"):
    ctypes.CDLL(str(Path(st_oauth.__file__).parent / "_lib" / "stoauth" / module))
print(*{line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}, sep="\\n")
"""
BY_NAME = (
    "libcurl",
    "libcrypto",
    "libhiredis",
    "libssl",
    "libjansson",
    "libsodium",
    "liblmdb",
    "libstoauth",
)


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def natives() -> list[Path]:
    """Every ELF file that the wheel installed."""
    found = importlib.metadata.files("st-oauth") or []
    paths = [Path(str(file.locate())) for file in found]
    return [path for path in paths if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]


def needs_from_outside(native: Path, inside: Path) -> list[str]:
    """What the dynamic linker would take from elsewhere, or not find."""
    told = subprocess.run(["ldd", native], check=True, stdout=subprocess.PIPE).stdout.decode()
    wrong = []
    for line in told.splitlines():
        name, _, where = (part.strip() for part in line.partition("=>"))
        base = Path(name.split(" (")[0]).name
        path = Path(where.split(" (")[0]).resolve()
        if not base.startswith(EVERYWHERE) and not path.is_relative_to(inside):
            wrong.append(f"{native.relative_to(inside)} takes {base} from {where or 'nowhere'}")
    return wrong


def missing(package: Path) -> list[str]:
    """What must be in the package and is not."""
    return [f"{name} is not in the wheel" for name in WANTED if not (package / name).is_file()]


def wrong_with(package: Path) -> list[str]:
    """What is wrong with the files as they are installed."""
    inside = package.parent.resolve()
    wrong = missing(package)
    for path in natives():
        wrong += needs_from_outside(path.resolve(), inside)
    for line in run(LOADED).splitlines():
        own = Path(line).resolve().is_relative_to(inside)
        if Path(line).name.startswith(BY_NAME) and not own:
            wrong.append(f"{line} was loaded from outside of the wheel")
    return wrong


def main() -> int:
    wheel = Path(sys.argv[1])
    import st_oauth

    package = Path(st_oauth.__file__).parent
    wrong = wrong_with(package)
    if st_oauth.__version__ != importlib.metadata.version("st-oauth"):
        wrong.append(f"the library says {st_oauth.__version__}")
    if not Path(st_oauth.__file__).is_relative_to(sys.prefix):
        wrong.append(f"{st_oauth.__file__} is not the wheel's")
    size = wheel.stat().st_size / 2**20
    with zipfile.ZipFile(wheel) as archive:
        unpacked = sum(one.file_size for one in archive.infolist()) / 2**20
    run(IMPORT)  # fills the page cache
    took = statistics.median(float(run(IMPORT).split()[-1]) for _ in range(ROUNDS))
    print(f"wheel: {size:.1f} MiB, {unpacked:.1f} MiB unpacked; import st_oauth {took:.1f} ms")
    if size > SIZE_MIB:
        wrong.append(f"{size:.1f} MiB, more than {SIZE_MIB}")
    if took > IMPORT_MS:
        wrong.append(f"import st_oauth takes {took:.1f} ms, more than {IMPORT_MS}")
    for one in wrong:
        print(f"wheel: {one}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
