"""The same verification by the libraries a Streamlit app would otherwise use, on the same kind of tokens.

Runs in the Python that starts it; a library that is not installed there is left out, and so is node's jose where
there is no node or no package for it. Prints one JSON array as the programs of this folder do.
"""

from __future__ import annotations

import base64
import importlib
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TOKEN_LEN = 1600
N_GROUPS = 20
NODE_FOLDER = Path(__file__).resolve().parent.parent / "tests" / "servers"
"""Where set-up puts the packages for Node; jose is among what oidc-provider needs."""
ROUNDS = 31
REPEAT = 30
ALGORITHMS = ("RS256", "ES256", "EdDSA")
ISSUER, CLIENT = "https://op.example/realms/main", "s6BhdRkqt3"


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, size: int | None = None) -> str:
    return b64url(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def make_key(alg: str) -> tuple[Any, dict[str, str]]:
    """A private key and its public JWK."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    common = {"kid": "2024-01-bench-key", "alg": alg, "use": "sig"}
    if alg == "RS256":
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        n = private.public_key().public_numbers()
        return private, {"kty": "RSA", "n": number(n.n), "e": number(n.e), **common}
    if alg == "ES256":
        point_key = ec.generate_private_key(ec.SECP256R1())
        p = point_key.public_key().public_numbers()
        return point_key, {
            "kty": "EC",
            "crv": "P-256",
            "x": number(p.x, 32),
            "y": number(p.y, 32),
            **common,
        }
    edwards = ed25519.Ed25519PrivateKey.generate()
    raw = edwards.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    return edwards, {"kty": "OKP", "crv": "Ed25519", "x": b64url(raw), **common}


def sign(alg: str, private: Any, text: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if alg == "RS256":
        return bytes(private.sign(text, padding.PKCS1v15(), hashes.SHA256()))
    if alg == "ES256":
        r, s = decode_dss_signature(private.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return bytes(private.sign(text))


def claims(n_filled: int) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": ISSUER, "sub": "248289761001", "aud": CLIENT, "azp": CLIENT, "nonce": "n-0S6_WzA2Mj",
        "exp": now + 3600, "iat": now, "auth_time": now - 5, "name": "Jane Doe", "given_name": "Jane",
        "family_name": "Doe", "email": "jane.doe@example.com", "email_verified": True,
        "picture": "https://op.example/avatars/248289761001.png?signature=" + "0" * n_filled,
        "groups": ["everyone", *(f"department-{i:03d}" for i in range(N_GROUPS))],
    }  # fmt: skip


def make_token(alg: str, private: Any) -> str:
    header = b64url(
        json.dumps(
            {"alg": alg, "kid": "2024-01-bench-key", "typ": "JWT"}, separators=(",", ":")
        ).encode()
    )
    token, n_filled = "", 1
    while len(token) < TOKEN_LEN:
        text = header + "." + b64url(json.dumps(claims(n_filled), separators=(",", ":")).encode())
        token = text + "." + b64url(sign(alg, private, text.encode()))
        n_filled += 1
    return token


def pyjwt(alg: str, token: str, jwk: dict[str, str]) -> Callable[[], object]:
    jwt = importlib.import_module("jwt")
    key = jwt.PyJWK(jwk).key
    return lambda: jwt.decode(token, key, algorithms=[alg], audience=CLIENT, issuer=ISSUER)


def joserfc(alg: str, token: str, jwk: dict[str, str]) -> Callable[[], object]:
    jwt, keys = importlib.import_module("joserfc.jwt"), importlib.import_module("joserfc.jwk")
    key = keys.import_key(jwk) if hasattr(keys, "import_key") else keys.JWKRegistry.import_key(jwk)
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": CLIENT},
        exp={"essential": True},
    )

    def run() -> None:
        registry.validate(jwt.decode(token, key, algorithms=[alg]).claims)

    return run


def authlib(alg: str, token: str, jwk: dict[str, str]) -> Callable[[], object]:
    import warnings

    warnings.simplefilter("ignore")
    jose = importlib.import_module("authlib.jose")
    reader, key = jose.JsonWebToken([alg]), jose.JsonWebKey.import_key(jwk)
    options = {
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": CLIENT},
    }

    def run() -> None:
        reader.decode(token, key, claims_options=options).validate()

    return run


PEERS = {"PyJWT": pyjwt, "joserfc": joserfc, "Authlib": authlib}

NODE = """
import { importJWK, jwtVerify } from 'jose'
const [rounds, repeat, rows] = JSON.parse(process.argv[1])
const out = {}
for (const { alg, token, jwk, issuer, audience } of rows) {
  const key = await importJWK(jwk, alg)
  const times = []
  for (let r = 0; r <= rounds; r++) {
    const start = process.cpuUsage()
    for (let i = 0; i < repeat; i++) await jwtVerify(token, key, { issuer, audience, algorithms: [alg] })
    const spent = process.cpuUsage(start)
    if (r > 0) times.push((spent.user + spent.system) / repeat)
  }
  times.sort((a, b) => a - b)
  out[alg] = times[times.length >> 1]
}
console.log(JSON.stringify(out))
"""


def row(peer: str, alg: str, value: float) -> dict[str, object]:
    return {
        "name": f"peers/{peer}/{alg}", "value": round(value, 3), "unit": "us", "goal": None, "better": "lower",
        "scale": False, "note": "signature, JSON and claims",
    }  # fmt: skip


def measure(runs: dict[tuple[str, str], Callable[[], object]]) -> list[dict[str, object]]:
    times: dict[tuple[str, str], list[float]] = {name: [] for name in runs}
    for number_of_round in range(ROUNDS + 1):
        for name, run in runs.items():
            start = time.process_time_ns()
            for _ in range(REPEAT):
                run()
            if number_of_round > 0:
                times[name].append((time.process_time_ns() - start) / 1000 / REPEAT)
    return [row(*name, statistics.median(values)) for name, values in times.items()]


def node_rows(subjects: dict[str, tuple[str, dict[str, str]]]) -> list[dict[str, object]]:
    node = shutil.which("node")
    if node is None or not (NODE_FOLDER / "node_modules" / "jose").exists():
        print("peers: no node, or no jose for it", file=sys.stderr)
        return []
    rows = [
        {"alg": alg, "token": token, "jwk": jwk, "issuer": ISSUER, "audience": CLIENT}
        for alg, (token, jwk) in subjects.items()
    ]
    done = subprocess.run(
        [node, "--input-type=module", "-e", NODE, json.dumps([ROUNDS, REPEAT, rows])],
        capture_output=True, text=True, check=False, cwd=NODE_FOLDER,
    )  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(f"peers: node-jose failed: {done.stderr}")
    return [row("node-jose", alg, value) for alg, value in json.loads(done.stdout).items()]


def main() -> int:
    try:
        importlib.import_module("cryptography")
    except ImportError:
        print("peers: no cryptography here, so no peer to measure", file=sys.stderr)
        print("[]")
        return 0
    subjects: dict[str, tuple[str, dict[str, str]]] = {}
    for alg in ALGORITHMS:
        private, jwk = make_key(alg)
        subjects[alg] = (make_token(alg, private), jwk)
    runs: dict[tuple[str, str], Callable[[], object]] = {}
    for peer, prepare in PEERS.items():
        for alg, (token, jwk) in subjects.items():
            try:
                run = prepare(alg, token, jwk)
                run()
            except ImportError:
                print(f"peers: no {peer} here", file=sys.stderr)
                break
            runs[peer, alg] = run
    print(json.dumps(measure(runs) + node_rows(subjects), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
