# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets: canaries that must appear nowhere, whatever happens and however loud the run is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.konnect_lab import Lab, run_module

LONG, SHORT, NESTED, NEW = "canary-of-a-secret", "c4n4r", "canary-in-a-list", "canary-just-given"
SERVERS = [{"host": "one.test", "password": NESTED}, {"host": "two.test", "password": SHORT}]
CONFIG = {"secret": LONG, "servers": SERVERS}
LOUD = {"diff": True, "verbosity": 4}

WITHOUT_SECRET = """
return {
  name = "tally",
  fields = { { config = { type = "record", fields = { { ttl = { type = "integer", default = 60 } } } } } },
}
"""


@pytest.fixture
def secretive(lab: Lab) -> Lab:
    lab.upload()
    lab.instance(CONFIG)
    return lab


def _is_discreet(lab: Lab, output: str) -> bool:
    return not [text for text in (LONG, SHORT, NESTED, NEW, lab.server.token) if text in output]


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("plugin_instance_info", {"name": "tally"}),
        ("plugin_instance", {"name": "tally", "config": {"ttl": 3}}),
        ("plugin_instance", {"name": "tally", "config": {"secret": NEW}}),
        ("plugin_instance", {"name": "tally", "config": {"secret": NEW, "unknown": NEW}}),
        ("plugin_instance", {"name": "tally", "config": {"ttl": "wrong", "secret": SHORT}}),
        ("plugin_instance", {"name": "tally", "config": {"secret": NEW}, "no_such_option": True}),
        ("plugin_instance", {"name": "tally", "config": {"secret": NEW}, "control_plane": "none"}),
        ("plugin_instance", {"name": "tally", "state": "absent"}),
        ("plugin_instances", {"plugin": "tally", "set": {"secret": NEW}}),
        ("plugin_instances", {"plugin": "tally", "default": {"secret": SHORT}, "set": {"ttl": "wrong"}}),
        ("plugin_instances", {"plugin": "tally", "remove": ["secret"], "validate": True}),
        ("plugin_schema_info", {}),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_no_canary_in_any_output(
    secretive: Lab, module: str, arguments: dict[str, object], check: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    run = secretive.run(module, arguments, check=check, **LOUD)
    assert run.result
    assert _is_discreet(secretive, run.output + "".join(capfd.readouterr()))


def test_a_field_that_the_schema_lost_stays_hidden(secretive: Lab) -> None:
    secretive.upload(WITHOUT_SECRET)
    run = secretive.run("plugin_instances", {"plugin": "tally", "remove": ["secret", "servers"]}, check=True, **LOUD)
    assert run.changed
    assert _is_discreet(secretive, run.output)


def test_secrets_are_shown_when_they_are_asked_for(secretive: Lab) -> None:
    run = secretive.run("plugin_instance_info", {"name": "tally", "show_secrets": True})
    assert LONG in run.output


def test_a_masked_value_that_comes_back_means_the_stored_one(secretive: Lab) -> None:
    shown = secretive.run("plugin_instance_info", {"name": "tally"})["instances"][0]
    given = {"id": shown["id"], "config": {**shown["config"], "ttl": 3}}
    assert secretive.run("plugin_instances", {"plugin": "tally", "instances": [given]}).changed
    config = secretive.read(shown["id"])["config"]
    assert (config["ttl"], config["secret"], config["servers"]) == (3, LONG, SERVERS)


def test_a_vault_reference_is_no_secret(lab: Lab) -> None:
    lab.upload()
    lab.instance({"secret": "{vault://env/tally}"})
    assert "{vault://env/tally}" in lab.run("plugin_instance_info", {"name": "tally"}).output


@pytest.mark.parametrize("fault", ["expired_token", "html", "reset", "truncated_json"])
def test_a_failing_request_tells_no_token(secretive: Lab, fault: str) -> None:
    secretive.fault(fault, times=None)
    run = secretive.run("plugin_instance", {"name": "tally", "config": {"secret": NEW}, "retries": 0}, **LOUD)
    assert run.failed
    assert _is_discreet(secretive, run.output)


def test_the_token_of_a_file_is_as_secret(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KONNECT_TOKEN", raising=False)
    file = tmp_path / "token"
    file.write_text(lab.server.token + "\n")
    run = lab.run("node_info", {"token": None, "token_file": str(file)}, **LOUD)
    assert not run.failed
    assert _is_discreet(lab, run.output)


def test_a_token_that_is_none_is_not_repeated(lab: Lab) -> None:
    token = "two words-of-a-canary"
    run = run_module("node_info", {"url": lab.server.url, "token": token, "control_plane": lab.name}, verbosity=4)
    assert run.failed
    assert "words-of-a-canary" not in run.output
