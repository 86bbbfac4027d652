# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection pool to Konnect: sends, retries, reads. Knows requests and answers, no entity."""

from __future__ import annotations

import json
import os
import ssl
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.concurrency import map_concurrently
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.connection import (
    Connection,
    ConnectionSettingsError,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import (
    KonnectError,
    clean,
    error_from_answer,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.paging import (
    cursor_pages,
    numbered_pages,
    offset_pages,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.retry import (
    epoch_of_http_date,
    parse_retry_after,
    retry_delay,
)

try:
    import httpx
except ImportError:
    HTTPX_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    HTTPX_IMPORT_ERROR = None

VERSION = "0.1.0"
CONNECT_TIMEOUT = 10.0
# A body that drips is cut off after this many time-outs, one that never ends at this size.
BODY_TIMEOUTS = 4
MAX_BODY_BYTES = 64 * 1024 * 1024

Item = TypeVar("Item")
Value = TypeVar("Value")


@dataclass(frozen=True)
class RequestRecord:
    """One request as it may be shown: no header, no body, no query value."""

    method: str
    path: str
    status: int | None
    milliseconds: int
    attempt: int


class Client:
    """Requests to the API of one region. Paths are relative to ``/v2``; use ``path()`` to build them.

    Raises KonnectError for every failure, ConnectionSettingsError for a CA bundle that cannot be loaded.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self.requests: list[RequestRecord] = []
        self._sleep = sleep
        self._clock_skew = 0.0
        self._http = httpx.Client(
            headers={
                "Authorization": f"Bearer {connection.token}",
                "Accept": "application/json, application/problem+json",
                "User-Agent": f"ansible-kongops.konnect/{VERSION}",
            },
            timeout=httpx.Timeout(connection.timeout, connect=min(CONNECT_TIMEOUT, connection.timeout)),
            limits=httpx.Limits(
                max_connections=connection.concurrency, max_keepalive_connections=connection.concurrency
            ),
            verify=_tls(connection),
            # A proxy from the environment would read the token on its way to a lab: plain http goes to loopback only.
            trust_env=not connection.loopback,
            proxy=None if connection.loopback else connection.proxy,
            follow_redirects=False,
            transport=transport,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.connection.base_url!r})"

    def close(self) -> None:
        """Ends the connections."""
        self._http.close()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.connection.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def now(self) -> float:
        """Epoch seconds by the server's clock as last heard; times in its answers are by that clock."""
        return time.time() + self._clock_skew

    def log(self) -> list[dict[str, Any]]:
        """The requests so far, fit for a result at high verbosity."""
        return [asdict(record) for record in self.requests]

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The answer to a GET."""
        return self._request("GET", path, params=params)

    def find(self, path: str) -> Any | None:
        """The answer to a GET, or None when the entity is absent. An absent control plane is an error all the same."""
        try:
            return self.get(path)
        except KonnectError as error:
            if error.missing:
                return None
            raise

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a PUT of a whole object."""
        return self._request("PUT", path, body=body)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a POST. After an error with ``may_have_landed`` the caller looks before doing it again."""
        return self._request("POST", path, body=body, repeatable=False)

    def ask(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a POST that stores nothing."""
        return self._request("POST", path, body=body)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a PATCH; only control planes know it, and theirs can be repeated."""
        return self._request("PATCH", path, body=body)

    def delete(self, path: str) -> None:
        """Deletes; an absent entity counts as deleted."""
        try:
            self._request("DELETE", path)
        except KonnectError as error:
            if not error.missing:
                raise

    def numbered(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Every item of a platform collection."""
        return numbered_pages(lambda query: self.get(path, query), params or {})

    def items(self, path: str, *, key: str = "items") -> Iterator[dict[str, Any]]:
        """Every item of a collection that pages by cursor."""
        return cursor_pages(lambda query: self.get(path, query), {}, origin=self.origin, items_key=key)

    def entities(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Every item of a core-entities collection."""
        return offset_pages(lambda query: self.get(path, query), params or {})

    def map(self, function: Callable[[Item], Value], items: Iterable[Item]) -> list[Value]:
        """``function`` on each item, as many at a time as the connection allows; the first error is raised."""
        return map_concurrently(function, items, self.connection.concurrency)

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
    ) -> Any:
        attempt = 0
        while True:
            try:
                return self._once(method, path, params, body, attempt)
            except KonnectError as error:
                delay = retry_delay(error, repeatable=repeatable, attempt=attempt, retries=self.connection.retries)
                if delay is None:
                    raise
            self._sleep(delay)
            attempt += 1

    def _once(
        self, method: str, path: str, params: Mapping[str, str] | None, body: Mapping[str, Any] | None, attempt: int
    ) -> Any:
        shown = f"{method} {path}"
        begun = time.monotonic()
        status: int | None = None
        try:
            with self._http.stream(
                method, f"{self.connection.base_url}{path}", params=dict(params or {}), json=body
            ) as response:
                status = response.status_code
                self._hear_clock(response.headers.get("date"))
                content = self._read(response, shown, begun)
                return _decoded(shown, response, content)
        except httpx.HTTPError as error:
            raise _unanswered(shown, error) from None
        finally:
            spent = int((time.monotonic() - begun) * 1000)
            self.requests.append(RequestRecord(method, path, status, spent, attempt))

    def _read(self, response: httpx.Response, shown: str, begun: float) -> bytes:
        content = bytearray()
        deadline = begun + self.connection.timeout * BODY_TIMEOUTS
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > MAX_BODY_BYTES:
                raise KonnectError("the answer is larger than 64 MiB", request=shown, status=response.status_code)
            if time.monotonic() > deadline:
                raise KonnectError(
                    "the answer came too slowly",
                    request=shown,
                    retryable=True,
                    hint="Raise timeout, or look at the network between here and Konnect.",
                )
        return bytes(content)

    def _hear_clock(self, date: str | None) -> None:
        heard = epoch_of_http_date(date)
        if heard is not None:
            self._clock_skew = heard - time.time()


def path(*segments: str) -> str:
    """A path below ``/v2`` from segments, each quoted: a name from a user stays one segment."""
    return "".join("/" + quote(segment, safe="") for segment in segments)


def _tls(connection: Connection) -> ssl.SSLContext | bool:
    if not connection.ca_path:
        return True
    try:
        context = ssl.create_default_context()
        if os.path.isdir(connection.ca_path):
            context.load_verify_locations(capath=connection.ca_path)
        else:
            context.load_verify_locations(cafile=connection.ca_path)
    except (OSError, ssl.SSLError):
        raise ConnectionSettingsError(
            f"ca_path {connection.ca_path} cannot be loaded: it must be a PEM bundle or a directory of certificates."
        ) from None
    return context


def _decoded(shown: str, response: httpx.Response, content: bytes) -> Any:
    status, kind = response.status_code, response.headers.get("content-type", "")
    if status >= 300:
        retry_after = parse_retry_after(response.headers.get("retry-after"), time.time())
        raise error_from_answer(shown, status, kind, content, retry_after=retry_after)
    if not content.strip():
        return None
    try:
        return json.loads(content)
    except ValueError:
        if "html" in kind.lower():
            raise error_from_answer(shown, status, kind, content) from None
    raise KonnectError(
        "the answer was cut short or is not JSON",
        request=shown,
        status=status,
        retryable=True,
        hint="Run the same command again; if it stays so, look at proxies between here and Konnect.",
    )


def _unanswered(shown: str, error: httpx.HTTPError) -> KonnectError:
    """No whole answer came. Only failures before the connection stood are certain to have done nothing."""
    if isinstance(error, httpx.TimeoutException):
        text, hint = "no answer in time", "Raise timeout, or look at the network between here and Konnect."
    else:
        text = clean(error, 200) or type(error).__name__
        hint = "Check url, proxy and ca_path, and that this machine reaches Konnect."
        if "CERTIFICATE_VERIFY_FAILED" in text:
            hint = "Set ca_path (or SSL_CERT_FILE) to the CA that signed the certificate."
    before = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
    unsendable = isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError))
    certificate = "CERTIFICATE_VERIFY_FAILED" in text
    return KonnectError(
        text,
        request=shown,
        hint=hint,
        reached=not (before or unsendable),
        retryable=not (unsendable or certificate),
    )
