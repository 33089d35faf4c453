"""tools/wheel_trust.py PORT FOLDER: a provider's discovery over TLS on loopback, with a certificate of its own.

The certificate is made first and lies in FOLDER/cert.pem once the server listens.
"""

import http.server
import json
import ssl
import subprocess
import sys
from pathlib import Path


class Discovery(http.server.BaseHTTPRequestHandler):
    """Answers every request with the same document."""

    def do_GET(self) -> None:
        origin = f"https://{self.headers['Host']}"
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        document = {"issuer": origin} | {name: f"{origin}/{name}" for name in names}
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())


def main() -> None:
    folder = Path(sys.argv[2])
    made, key = folder / "cert.part", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]  # fmt: skip
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Discovery)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made.rename(folder / "cert.pem")
    server.serve_forever()


if __name__ == "__main__":
    main()
