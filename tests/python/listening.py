"""A server that stands where alerts are posted to."""

from __future__ import annotations

import http.server
import json
import threading


class Listener:
    """A server on loopback that keeps what is posted to it; it answers with `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[dict] = []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.headers["Content-Type"] == "application/json"
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if listener.status == 200:
                    listener.bodies.append(json.loads(body))
                self.send_response(listener.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/services/S3CR3T"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
