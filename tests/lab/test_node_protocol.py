# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab node says to its control plane, and what it makes of what it is sent (kong-data-plane.md, 1.3 to 5)."""

from __future__ import annotations

import datetime
import re
import ssl
import time
import uuid
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab.node.behaviour import QUICK
from lab.node.handle import LabNode
from tests.lab.node_bench import EMPTY_HASH, Bench, FakeControlPlane, instance, wait_for, write_plugin

# kong-data-plane.md 1.5, with the one field of the bench's plugin.
REFUSED = (
    r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+#0: \*\d+ \[lua\] data_plane\.lua:261: \[clustering\] "
    r"unable to update running config: bad config received from control plane in 'plugins':\n"
    r"  - in entry 1 of 'plugins':\n"
    r"    in 'config':\n"
    r"      in 'ttl': required field missing, context: ngx\.timer\n"
)


def test_a_node_introduces_itself_as_kong_does(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    session = plane.sessions[0]
    address = urlsplit(session.path)
    query = parse_qs(address.query)
    assert address.path == "/v1/outlet"
    assert query["node_hostname"] == ["node1"]
    assert query["node_version"] == ["3.9.3"]
    assert query["node_id"] == [(node.prefix / "kong.id").read_text()]
    assert uuid.UUID(query["node_id"][0])
    assert set(session.headers) == {"Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"}
    greeting = session.frames[0]
    assert greeting["type"] == "basic_info"
    assert greeting["plugins"] == [{"name": "demo", "version": "1.0.0"}]
    assert greeting["labels"] == greeting["filters"] == {}


def test_the_first_ping_comes_at_once_and_names_the_empty_configuration(bench: Bench, plane: FakeControlPlane) -> None:
    bench.start()
    assert wait_for(lambda: plane.sessions[0].pings) == [EMPTY_HASH]


def test_a_node_without_configuration_is_not_ready_and_routes_nothing(bench: Bench) -> None:
    node = bench.start()
    reason = {"message": "no configuration available (empty configuration present)"}
    assert node.get("/status/ready") == (503, reason)
    assert node.config_hash == EMPTY_HASH
    assert node.get("/lab/plugins")[0] == 404


def test_a_good_payload_is_stored_served_and_told_by_a_ping(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    config_hash = plane.push(instance())
    wait_for(lambda: config_hash in plane.sessions[0].pings)
    assert node.config_hash == config_hash
    assert node.ready
    served = node.get("/lab/plugins")[1]
    assert served["config_hash"] == config_hash
    assert served["instances"][0]["config"]["ttl"] == 5


def test_the_hash_moves_first_then_the_workers_then_the_ping(bench: Bench, plane: FakeControlPlane) -> None:
    """5 F."""
    node = bench.start(replace(QUICK, apply_seconds=(0.2, 0.2), report_seconds=0.2))
    config_hash = plane.push(instance())
    wait_for(lambda: node.config_hash == config_hash)
    assert node.get("/lab/plugins")[0] == 404
    wait_for(lambda: node.get("/lab/plugins")[0] == 200)
    assert config_hash not in plane.sessions[0].pings
    wait_for(lambda: config_hash in plane.sessions[0].pings)


def test_a_rejected_payload_is_logged_word_for_word_and_changes_nothing(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    good = plane.push(instance())
    wait_for(lambda: good in plane.sessions[0].pings)
    pings = len(plane.sessions[0].pings)
    bad = plane.push(instance({"note": "no ttl"}))
    wait_for(node.rejections)
    assert re.search(REFUSED, node.log)
    assert node.config_hash == good
    assert node.ready
    assert len(plane.sessions[0].pings) == pings
    assert node.counters()["rejected"][0]["hash"] == bad
    assert [frame["type"] for frame in plane.sessions[0].frames] == ["basic_info"]


def test_a_rejection_is_logged_again_at_each_resend(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    for times in (1, 2):
        plane.push(instance({"note": "no ttl"}))
        wait_for(lambda times=times: node.rejections() == times)
    assert len(re.findall(REFUSED, node.log)) == 2


def test_one_bad_instance_holds_up_the_whole_payload_even_a_disabled_one(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    plane.push(instance(), instance({"ttl": "soon"}, enabled=False))
    wait_for(node.rejections)
    assert "  - in entry 2 of 'plugins':\n    in 'config':\n      in 'ttl': expected an integer, context" in node.log
    assert node.config_hash == EMPTY_HASH


def test_all_bad_instances_stand_in_one_record(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    plane.push(instance({"ttl": "soon"}), instance({"ttl": "later"}))
    wait_for(node.rejections)
    assert node.log.count("unable to update running config") == 1
    assert node.log.count("in 'ttl': expected an integer") == 2


def test_an_unknown_field_is_refused_unless_it_is_null(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    accepted = plane.push(instance({"ttl": 5, "gone": None}))
    wait_for(lambda: node.config_hash == accepted)
    plane.push(instance({"ttl": 5, "gone": 1}))
    wait_for(node.rejections)
    assert "in 'gone': unknown field" in node.log


def test_a_plugin_that_is_not_enabled_is_refused(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    plane.push({**instance(), "name": "other"})
    wait_for(node.rejections)
    assert "in 'name': plugin 'other' not enabled; add it to the 'plugins' configuration property" in node.log


def test_in_konnect_mode_a_rejection_is_reported_too(bench: Bench, plane: FakeControlPlane) -> None:
    bench.start(konnect_mode="on")
    bad = plane.push(instance({"note": "no ttl"}))
    frame = wait_for(lambda: plane.sessions[0].frames[1:])[0]
    assert frame["type"] == "error"
    error = frame["error"]
    assert (error["config_hash"], error["code"]) == (bad, 14)
    assert error["flattened_errors"] == [
        {
            "entity_type": "plugin",
            "entity_name": "demo",
            "entity_id": instance()["id"],
            "errors": [{"type": "field", "field": "config.ttl", "message": "required field missing"}],
        }
    ]


def test_the_same_hash_is_not_parsed_again(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    config_hash = plane.push(instance())
    wait_for(lambda: config_hash in plane.sessions[0].pings)
    pings = len(plane.sessions[0].pings)
    plane.push(instance({"note": "no ttl"}), config_hash=config_hash)
    wait_for(lambda: len(plane.sessions[0].pings) > pings)
    assert node.rejections() == 0
    assert node.counters()["unchanged"] == 1


def test_a_payload_without_a_hash_gets_one_from_the_node(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    plane.push(instance(), config_hash=None)
    wait_for(lambda: node.config_hash != EMPTY_HASH)
    assert re.fullmatch("[0-9a-f]{32}", node.config_hash)


def test_stored_configuration_is_served_after_a_restart_and_not_validated_again(
    bench: Bench, plane: FakeControlPlane
) -> None:
    """5.4: everything looks well until the next change."""
    node = bench.start()
    config_hash = plane.push(instance({"ttl": 5}))
    wait_for(lambda: config_hash in plane.sessions[0].pings)
    write_plugin(node.plugin_root / "kong/plugins", ttl="required = true, gt = 100")
    node.kong("restart")
    wait_for(lambda: node.ready)
    wait_for(lambda: len(plane.sessions) == 2 and plane.sessions[1].pings)
    assert plane.sessions[1].pings[0] == node.config_hash == config_hash
    assert node.rejections() == 0
    plane.push(instance({"ttl": 6}))
    wait_for(node.rejections)
    assert "in 'ttl': value must be greater than 100" in node.log


def test_a_payload_that_cannot_be_stored_changes_nothing(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    (node.prefix / "dbless.lmdb").write_text("in the way of the store")
    plane.push(instance())
    wait_for(node.rejections)
    assert "unable to update running config: " in node.log
    assert node.config_hash == EMPTY_HASH
    (node.prefix / "dbless.lmdb").unlink()
    good = plane.push(instance())
    wait_for(lambda: node.config_hash == good)


def test_a_validator_that_fails_to_run_refuses_the_payload_and_the_node_lives(
    bench: Bench, plane: FakeControlPlane
) -> None:
    node = bench.create()
    failing = "required = true, custom_validator = function(value) return value.no.such end"
    write_plugin(node.plugin_root / "kong/plugins", ttl=failing)
    node.kong("start")
    wait_for(lambda: plane.connected)
    plane.push(instance())
    wait_for(node.rejections)
    assert "unable to update running config: " in node.log
    assert "attempt to index" in node.log
    good = plane.push()
    wait_for(lambda: node.config_hash == good)


def test_a_lost_connection_is_logged_and_made_again(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    plane.drop()
    wait_for(lambda: len(plane.sessions) == 2 and plane.sessions[1].frames)
    assert re.search(r"\[warn\] .* broken: .* \(retrying after \d+ seconds\)", node.log)


def test_a_control_plane_that_answers_no_ping_counts_as_lost(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start(replace(QUICK, ping_seconds=0.2))
    wait_for(lambda: plane.sessions[0].pings)
    plane.fall_silent()
    wait_for(lambda: len(plane.sessions) > 1)
    assert "did not receive pong frame from control plane within" in node.log


def test_pings_go_on_while_nothing_happens(bench: Bench, plane: FakeControlPlane) -> None:
    bench.start(replace(QUICK, ping_seconds=0.05))
    wait_for(lambda: len(plane.sessions[0].pings) >= 3)
    assert set(plane.sessions[0].pings) == {EMPTY_HASH}


def test_without_an_agent_the_first_worker_talks(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start(dedicated_config_processing="off")
    plane.push(instance({"note": "no ttl"}))
    wait_for(node.rejections)
    pid = int(re.findall(r"\[error\] (\d+)#0: .*unable to update", node.log)[0])
    assert pid in node.workers


def test_in_shared_mode_one_certificate_is_all_that_both_sides_trust(tmp_path: Path) -> None:
    """5.1: TLS with the shared certificate, asked for by the name kong_clustering."""
    certificate, key = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificate))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificate, key)
    asked: list[str | None] = []
    context.sni_callback = lambda socket, name, context: asked.append(name)
    plane = FakeControlPlane(context)
    node = Bench(tmp_path, plane).create(cluster_cert=str(certificate), cluster_cert_key=str(key))
    try:
        node.kong("start")
        wait_for(lambda: plane.connected)
        assert asked[0] == "kong_clustering"
    finally:
        node.stop()
        plane.end()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """What ``kong hybrid gen_cert`` makes: one certificate for everyone, that signs itself, and its key."""
    private = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kong_clustering")])
    today = datetime.datetime(2020, 1, 1)
    built = x509.CertificateBuilder(name, name, private.public_key(), 1, today, today.replace(year=2120))
    certificate, key = folder / "cluster.crt", folder / "cluster.key"
    certificate.write_bytes(built.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    encoding = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key.write_bytes(private.private_bytes(*encoding))
    return certificate, key


# -- a reload beneath a connection -------------------------------------------------------------------------------------


def reload_with(node: LabNode, plane: FakeControlPlane) -> None:
    """Reload, and wait for the workers and the connection that come of it."""
    old, sessions = node.workers, len(plane.sessions)
    node.kong("reload")
    wait_for(lambda: len(plane.sessions) > sessions and plane.sessions[-1].frames)
    wait_for(lambda: node.workers and not set(old) & set(node.workers) and node.ready)


def test_a_payload_that_meets_a_node_just_after_its_reload_is_lost_while_all_looks_in_sync(
    bench: Bench, plane: FakeControlPlane
) -> None:
    """5 A."""
    node = bench.start()
    old = plane.push(instance({"ttl": 1}))
    wait_for(lambda: old in plane.sessions[0].pings)
    new = plane.prepare(instance({"ttl": 2}))
    plane.delay = 0.1
    reload_with(node, plane)
    wait_for(lambda: new in plane.sessions[1].pings)
    assert node.config_hash == new
    assert node.ready
    assert node.get("/lab/plugins")[1]["config_hash"] == old
    assert node.get("/lab/plugins")[1]["instances"][0]["config"]["ttl"] == 1
    assert node.counters()["lost"] == 1


def test_a_second_reload_brings_a_lost_payload_to_life(bench: Bench, plane: FakeControlPlane) -> None:
    """5 A, the cure."""
    node = bench.start()
    plane.push(instance({"ttl": 1}))
    wait_for(lambda: node.serves)
    new = plane.prepare(instance({"ttl": 2}))
    reload_with(node, plane)
    wait_for(lambda: new in plane.sessions[1].pings)
    reload_with(node, plane)
    assert node.get("/lab/plugins")[1]["config_hash"] == new


def test_a_restart_brings_a_lost_payload_to_life(bench: Bench, plane: FakeControlPlane) -> None:
    """5 A, the other cure."""
    node = bench.start()
    plane.push(instance({"ttl": 1}))
    wait_for(lambda: node.serves)
    new = plane.prepare(instance({"ttl": 2}))
    reload_with(node, plane)
    wait_for(lambda: new in plane.sessions[1].pings)
    node.kong("restart")
    wait_for(lambda: node.ready)
    assert node.get("/lab/plugins")[1]["config_hash"] == new


def test_the_next_change_brings_the_node_up_to_date(bench: Bench, plane: FakeControlPlane) -> None:
    """5 A, by itself."""
    node = bench.start()
    plane.push(instance({"ttl": 1}))
    wait_for(lambda: node.serves)
    node.fail(lose_next_payload=True)
    lost = plane.push(instance({"ttl": 2}))
    wait_for(lambda: lost in plane.sessions[0].pings)
    assert node.get("/lab/plugins")[1]["instances"][0]["config"]["ttl"] == 1
    plane.push(instance({"ttl": 3}))
    wait_for(lambda: node.get("/lab/plugins")[1]["instances"][0]["config"]["ttl"] == 3)


def test_a_payload_later_than_the_window_is_not_lost(bench: Bench, plane: FakeControlPlane) -> None:
    """5 A, its bound."""
    node = bench.start(replace(QUICK, losing_window=(0.0, 0.05)))
    plane.push(instance({"ttl": 1}))
    wait_for(lambda: node.serves)
    new = plane.prepare(instance({"ttl": 2}))
    plane.delay = 0.2
    reload_with(node, plane)
    wait_for(lambda: node.get("/lab/plugins")[1]["config_hash"] == new)


def test_a_reload_with_an_unchanged_hash_loses_nothing(bench: Bench, plane: FakeControlPlane) -> None:
    """5 A, its other bound."""
    node = bench.start()
    same = plane.push(instance())
    wait_for(lambda: node.serves)
    reload_with(node, plane)
    wait_for(lambda: node.counters()["unchanged"] == 1)
    assert node.get("/lab/plugins")[1]["config_hash"] == same
    assert node.counters()["lost"] == 0


def test_an_old_connection_dies_without_a_close_frame(bench: Bench, plane: FakeControlPlane) -> None:
    """5.4."""
    node = bench.start()
    plane.push(instance())
    wait_for(lambda: node.serves)
    reload_with(node, plane)
    wait_for(lambda: plane.sessions[0].closed is not None)
    assert plane.sessions[0].closed == 1006


def test_a_new_schema_on_disk_means_nothing_until_a_reload(bench: Bench, plane: FakeControlPlane) -> None:
    """5.4."""
    node = bench.start()
    write_plugin(node.plugin_root / "kong/plugins", ttl="required = true, gt = 100")
    accepted = plane.push(instance({"ttl": 5}))
    wait_for(lambda: accepted in plane.sessions[0].pings)
    reload_with(node, plane)
    plane.push(instance({"ttl": 6}))
    wait_for(node.rejections)


HANDLER = """
local Demo = {{ PRIORITY = 10, VERSION = "{version}" }}
function Demo:header_filter(conf)
  kong.response.set_header("X-Demo", "{version} " .. conf.{field})
end
return Demo
"""


def test_new_code_meets_old_configuration_after_a_reload(bench: Bench, plane: FakeControlPlane) -> None:
    """5.4: a value that the new schema requires is nil to its handler, and nothing said so."""
    node = bench.create()
    handler = node.plugin_root / "kong/plugins/demo/handler.lua"
    handler.write_text(HANDLER.format(version="1.0.0", field="ttl"))
    plane.prepare(instance())
    node.kong("start")
    wait_for(lambda: node.serves)
    assert node.get("/lab/request")[1]["effects"][0]["headers"] == {"X-Demo": "1.0.0 5"}
    write_plugin(
        node.plugin_root / "kong/plugins", ttl="required = true } }, { limit = { type = 'integer', required = true"
    )
    handler.write_text(HANDLER.format(version="2.0.0", field="limit"))
    reload_with(node, plane)
    assert "attempt to concatenate field 'limit' (a nil value)" in node.get("/lab/request")[1]["effects"][0]["error"]
    assert node.ready
    assert node.rejections() == 0


def test_a_rejected_payload_leaves_an_empty_node_empty(bench: Bench, plane: FakeControlPlane) -> None:
    """5.6."""
    node = bench.start()
    plane.push(instance({"note": "no ttl"}))
    wait_for(node.rejections)
    assert node.config_hash == EMPTY_HASH
    assert not node.ready
    good = plane.push(instance())
    wait_for(lambda: node.ready and node.config_hash == good)


def test_the_default_delays_are_those_of_a_real_node(bench: Bench, plane: FakeControlPlane) -> None:
    """5 F and 5.10: 0.3 to 0.9 s from a push to its effect."""
    node = bench.start(replace(QUICK, apply_seconds=(0.3, 0.9)))
    pushed = time.monotonic()
    plane.push(instance())
    wait_for(lambda: node.get("/lab/plugins")[0] == 200)
    assert 0.3 <= time.monotonic() - pushed < 2
