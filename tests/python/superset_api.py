"""A client of a running Superset: what its dashboards and charts answer over the API."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


class Superset:
    """A user who is signed in; errors of the API are raised with what it says."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self.address = address
        self._headers: dict[str, str] = {}
        # SQL Lab takes a token only beside the session that it belongs to
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        signed_in = self.post(
            "security/login",
            {"username": user, "password": password, "provider": "db", "refresh": True},
        )
        self._headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
        self._headers["X-CSRFToken"] = self.get("security/csrf_token/")["result"]

    def get(self, path: str) -> dict[str, Any]:
        return self._ask(path, None)

    def post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        return self._ask(path, content)

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """Return everything of a kind: dashboard, chart, dataset."""
        found: list[dict[str, Any]] = []
        for page in range(100):
            query = urllib.parse.quote(f"(page:{page},page_size:100)")
            answer = self.get(f"{kind}/?q={query}")
            found += answer["result"]
            if len(found) >= answer["count"]:
                break
        return found

    def chart_rows(self, chart_id: int) -> list[dict[str, Any]]:
        """Return the rows behind a chart, as it was saved."""
        answer = self.get(f"chart/{chart_id}/data/")
        (result,) = answer["result"]
        assert not result.get("error"), result["error"]
        return result["data"]

    def rows(self, dataset_id: int, **query: Any) -> list[dict[str, Any]]:
        """Return what a query of a dataset answers: columns, metrics, filters."""
        answer = self.post(
            "chart/data",
            {
                "datasource": {"id": dataset_id, "type": "table"},
                "queries": [{"row_limit": 50_000, **query}],
                "result_format": "json",
                "result_type": "full",
            },
        )
        (result,) = answer["result"]
        return result["data"]

    def put(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        return self._ask(path, content, "PUT")

    def delete(self, path: str) -> dict[str, Any]:
        return self._ask(path, None, "DELETE")

    def upload(self, path: str, name: str, content: bytes) -> dict[str, Any]:
        """Send a file as a form does."""
        head = f'--end\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.zip"\r\n'
        body = head.encode() + b"\r\n" + content + b"\r\n--end--\r\n"
        return self._send(path, body, "multipart/form-data; boundary=end", "POST")

    def _ask(
        self, path: str, content: dict[str, Any] | None, method: str | None = None
    ) -> dict[str, Any]:
        body = None if content is None else json.dumps(content).encode()
        return self._send(path, body, "application/json", method)

    def _send(self, path: str, body: bytes | None, kind: str, method: str | None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.address}/api/v1/{path}",
            data=body,
            headers=self._headers | ({} if body is None else {"Content-Type": kind}),
            method=method,
        )
        try:
            with self._opener.open(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()[:500]}") from error
