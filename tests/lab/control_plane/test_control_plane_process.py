# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process: its state file, TLS with a CA of its own, and how fast it is."""

from __future__ import annotations

import ssl
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.exceptions import InvalidStatus, WebSocketException

from lab.control_plane.paging import entity_page
from lab.control_plane.store import Collection

INSTANCES = 1000
LISTED = 10_000

# A TLS layer that refuses shows as whatever the peer was doing when the connection went.
TURNED_AWAY = (OSError, WebSocketException)


@pytest.fixture(scope="module")
def secure(start: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A control plane with TLS."""
    server = start(tmp_path_factory.mktemp("secure"), "--tls", "--name", "lab")
    yield server
    server.stop()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate as Konnect's own instructions make one, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "own.crt", folder / "own.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return paths


def trusting(where: dict[str, Any], pair: tuple[Any, Any] | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=where["ca"])
    if pair is not None:
        context.load_cert_chain(*pair)
    return context


def test_the_state_file_says_where_and_goes_when_the_process_ends(start: Callable[..., Any], tmp_path: Path) -> None:
    server = start(tmp_path, "--name", "production", "--token", "kpat_given", "--latency-ms", "1")
    where = server.where
    assert where["pid"] == server.process.pid
    assert (where["token"], where["tls"], where["ca"]) == ("kpat_given", False, None)
    assert server.state.stat().st_mode & 0o777 == 0o600
    with server.client() as client:
        [plane] = client.get("/v2/control-planes").json()["data"]
        assert where["control_plane"] == {"id": plane["id"], "name": "production"}
        assert plane["config"]["control_plane_endpoint"] == f"http://{where['outlet']}"
        assert client.get("/lab/settings").json()["latency_ms"] == 1
    assert server.stop() == 0
    assert not server.state.exists()


def test_the_api_is_https_under_a_ca_of_its_own(secure: Any) -> None:
    where = secure.where
    assert where["url"].startswith("https://127.0.0.1:")
    with secure.client() as client:
        assert client.get("/v2/control-planes").status_code == 200
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{where['url']}/v2/control-planes", verify=ssl.create_default_context())
    for key in ("node.key", "server.key"):
        assert (Path(where["ca"]).parent / key).stat().st_mode & 0o077 == 0


def test_a_node_joins_with_a_certificate_of_the_lab(secure: Any, node: Callable[..., Any]) -> None:
    where = secure.where
    joined = node(where["outlet"], tls=trusting(where, (where["node_cert"], where["node_key"])))
    joined.ping(joined.hear()["config_hash"])
    with secure.client() as client:
        nodes = client.get(f"/v2/control-planes/{where['control_plane']['id']}/nodes").json()
        assert [row["id"] for row in nodes["items"]] == [joined.id]


def test_a_node_without_a_certificate_is_turned_away(secure: Any, node: Callable[..., Any]) -> None:
    with pytest.raises(TURNED_AWAY):
        node(secure.where["outlet"], tls=trusting(secure.where, None)).hear()


def test_a_certificate_opens_the_outlet_only_while_it_is_pinned(
    secure: Any, node: Callable[..., Any], tmp_path: Path
) -> None:
    where, pair = secure.where, self_signed(tmp_path)
    path = f"/v2/control-planes/{where['control_plane']['id']}/dp-client-certificates"
    with pytest.raises(TURNED_AWAY):
        node(where["outlet"], tls=trusting(where, pair))
    with secure.client() as client:
        pinned = client.post(path, json={"cert": pair[0].read_text(), "title": "own"})
        assert pinned.status_code == 201
        assert node(where["outlet"], tls=trusting(where, pair)).hear()["config_hash"]
        assert client.delete(f"{path}/{pinned.json()['item']['id']}").status_code == 204
        with pytest.raises(InvalidStatus) as refused:
            node(where["outlet"], tls=trusting(where, pair))
        assert refused.value.response.status_code == 401


def test_pinned_certificates_are_listed_replaced_and_deleted(plane: Any, tmp_path: Path) -> None:
    path, pem = f"{plane.path}/dp-client-certificates", self_signed(tmp_path)[0].read_text()
    item = plane.client.post(path, json={"cert": pem}).json()["item"]
    assert plane.client.get(path).json() == {"items": [item], "page": {"total_count": 1}}
    put = plane.client.put(f"{path}/{item['id']}", json={"cert": pem, "title": "renewed"}).json()["item"]
    assert plane.client.get(f"{path}/{item['id']}").json() == {"item": put}
    assert plane.client.post(path, json={"cert": "no PEM"}).status_code == 400
    assert plane.client.post(path, json={}).status_code == 400
    for status in (204, 404):
        assert plane.client.delete(f"{path}/{item['id']}").status_code == status


def test_a_thousand_instances_are_saved_in_seconds(server: Any, plane: Any) -> None:
    plane.upload()
    with server.client() as client, ThreadPoolExecutor(4) as pool:

        def save(number: int) -> int:
            scope = client.post(f"{plane.core}/services", json={"host": "upstream.example"}).json()["id"]
            body = {"name": "tally", "service": {"id": scope}, "config": {"ttl": number}}
            return int(client.put(f"{plane.plugins}/{uuid.uuid4()}", json=body).status_code)

        begun = time.monotonic()
        assert set(pool.map(save, range(INSTANCES))) == {200}
        assert time.monotonic() - begun < 20, "2 s on a quiet machine"


def test_ten_thousand_rows_are_listed_in_a_moment() -> None:
    rows = [{"id": str(number), "name": "tally"} for number in range(LISTED)]
    collection = Collection()
    for row in rows:
        collection.put(row)
    begun, seen, query = time.monotonic(), [], {"size": "100"}
    while True:
        page, rest = entity_page(list(collection), query, "/plugins", collection.place)
        seen += page
        if not rest:
            break
        query["offset"] = rest["offset"]
    assert seen == rows
    assert time.monotonic() - begun < 3
