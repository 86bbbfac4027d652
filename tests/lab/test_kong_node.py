# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's VM: plugins from disk, what Kong says when one cannot be loaded, and what a handler does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.kong import KongVM, PluginInfo, PluginLoadError, SchemaRunError, errors_as_log_text

Install = Callable[..., None]

HANDLER = 'return { VERSION = "1.0.0", PRIORITY = 10 }'
SCHEMA = """
return { name = "ttl", fields = { { config = { type = "record", fields = { { ttl = {
  type = "integer", required = true, between = { 1, 10 } } } } } } } }
"""


@pytest.fixture
def install(tmp_path: Path) -> Install:
    def write(name: str, **files: str) -> None:
        folder = tmp_path / "kong" / "plugins" / name
        folder.mkdir(parents=True, exist_ok=True)
        for stem, text in files.items():
            (folder / f"{stem}.lua").write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def vm(tmp_path: Path) -> KongVM:
    return KongVM("data_plane", package_path=f"{tmp_path}/?.lua;{tmp_path}/?/init.lua;;")


def test_a_plugin_is_loaded_with_its_helpers(install: Install, vm: KongVM) -> None:
    install(
        "good",
        handler="""
          local helper = require "kong.plugins.good.helper"
          local Good = { VERSION = helper.version, PRIORITY = 1000 }
          function Good:access(conf) end
          function Good:log(conf) end
          return Good
        """,
        helper='return { version = "2.1.0" }',
        schema=SCHEMA,
    )
    assert vm.load_plugin("good") == PluginInfo("good", "2.1.0", 1000, ("access", "log"))


def test_files_are_read_once_and_a_new_vm_reads_them_again(install: Install, vm: KongVM, tmp_path: Path) -> None:
    install("p", handler=HANDLER, schema=SCHEMA)
    assert vm.load_plugin("p").version == "1.0.0"
    install("p", handler=HANDLER.replace("1.0.0", "2.0.0"))
    assert vm.load_plugin("p").version == "1.0.0"
    assert KongVM("data_plane", package_path=f"{tmp_path}/?.lua").load_plugin("p").version == "2.0.0"


def test_the_schema_may_take_its_name_from_the_module_path(install: Install, vm: KongVM) -> None:
    install(
        "by-path", handler=HANDLER, schema=SCHEMA.replace('"ttl"', '({...})[1]:match("^kong%.plugins%.([^%.]+)")', 1)
    )
    assert vm.load_plugin("by-path").name == "by-path"


ON_PLUGIN = "error loading plugin schemas: on plugin 'p': "


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({}, ON_PLUGIN + "p plugin is enabled but not installed;\nno plugin found"),
        ({"handler": HANDLER}, ON_PLUGIN + "no configuration schema found for plugin: p"),
        (
            {"handler": 'return { VERSION = "1.0.0" }', "schema": SCHEMA},
            ON_PLUGIN
            + 'Plugin "p" cannot be loaded because its PRIORITY field is not a valid integer number, got: "nil".',
        ),
        (
            {"handler": 'return { PRIORITY = 1, VERSION = "1.0" }', "schema": SCHEMA},
            ON_PLUGIN
            + 'Plugin "p" cannot be loaded because its VERSION field does not follow the "x.y.z" format, got: "1.0".',
        ),
        (
            {
                "handler": "local f = function() end\n"
                'return { PRIORITY = 1, VERSION = "1.0.0", response = f, body_filter = f }',
                "schema": SCHEMA,
            },
            ON_PLUGIN + 'Plugin "p" can\'t be loaded because it implements both `response` and',
        ),
        (
            {"handler": HANDLER, "schema": SCHEMA.replace("integer", "int")},
            ON_PLUGIN + '[off] 2 schema violations (fields.1: {\n  fields = {\n    {\n      type = "expected one of: ',
        ),
        ({"handler": HANDLER, "schema": SCHEMA.replace("config", "zzz")}, "zzz: cannot create a new field"),
        ({"handler": "local x = = 1", "schema": SCHEMA}, "error loading module 'kong.plugins.p.handler':\n"),
        ({"handler": HANDLER, "schema": "return nil_thing.x"}, "error loading module 'kong.plugins.p.schema':\n"),
        (
            {"handler": 'require "kong.plugins.p.gone"', "schema": SCHEMA},
            "module 'kong.plugins.p.gone' not found:\n\tno field package.preload['kong.plugins.p.gone']\n\tno file '",
        ),
    ],
)
def test_a_broken_plugin_is_refused_in_kongs_words(
    install: Install, vm: KongVM, files: dict[str, str], text: str
) -> None:
    install("p", **files)
    with pytest.raises(PluginLoadError) as refusal:
        vm.load_plugin("p")
    assert text in str(refusal.value)


def test_a_syntax_error_names_file_and_line(install: Install, vm: KongVM) -> None:
    install("p", handler="local x = = 1", schema=SCHEMA)
    with pytest.raises(PluginLoadError, match=r"kong/plugins/p/handler\.lua:1: unexpected symbol near '='"):
        vm.load_plugin("p")


def test_a_refused_payload_reads_as_in_kongs_log(install: Install, vm: KongVM) -> None:
    install("ttl", handler=HANDLER, schema=SCHEMA)
    vm.load_plugin("ttl")
    trees = {
        1: vm.validate_plugin({"name": "ttl", "config": {}}),
        3: vm.validate_plugin({"name": "ttl", "config": {"ttl": 11, "zz": 1}, "protocols": ["http", "ftp"]}),
        4: vm.validate_plugin({"name": "other"}),
    }
    assert errors_as_log_text({position: tree for position, tree in trees.items() if tree}) == (
        "in 'plugins':\n"
        "  - in entry 1 of 'plugins':\n"
        "    in 'config':\n"
        "      in 'ttl': required field missing\n"
        "  - in entry 3 of 'plugins':\n"
        "    in 'config':\n"
        "      in 'ttl': value should be between 1 and 10\n"
        "      in 'zz': unknown field\n"
        "    in 'protocols':\n"
        "      - in entry 2 of 'protocols': expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp\n"
        "  - in entry 4 of 'plugins':\n"
        "    in 'name': plugin 'other' not enabled; add it to the 'plugins' configuration property"
    )


def test_the_directory_is_the_key_and_what_is_not_enabled_is_refused(install: Install, vm: KongVM) -> None:
    install("directory", handler=HANDLER, schema=SCHEMA)
    vm.load_plugin("directory")
    good = {"name": "directory", "config": {"ttl": 1}}
    assert vm.validate_plugin(good) is None
    assert vm.validate_plugin({**good, "name": "ttl"}) is not None
    assert vm.validate_plugin(good, enabled=["directory"]) is None
    assert vm.validate_plugin(good, enabled=["else"]) == {
        "name": "plugin 'directory' not enabled; add it to the 'plugins' configuration property"
    }


def test_a_plugin_that_kong_ships_is_taken_with_any_config(vm: KongVM) -> None:
    vm.load_bundled("key-auth")
    assert vm.is_bundled("key-auth")
    assert vm.validate_plugin({"name": "key-auth", "config": {"key_names": ["apikey"]}}) is None
    assert vm.validate_plugin({"name": "key-auth", "enabled": "yes"}) == {"enabled": "expected a boolean"}


def test_what_one_plugin_does_to_a_typedef_is_not_felt_by_another(install: Install, vm: KongVM) -> None:
    head = 'local typedefs = require "kong.db.schema.typedefs"\n'
    fields = (
        'return {{ name = "{}", fields = {{ {{ config = {{ type = "record", fields = {{ {{ f = {} }} }} }} }} }} }}'
    )
    install(
        "lists", handler=HANDLER, schema=head + fields.format("lists", '{ type = "array", elements = typedefs.host }')
    )
    install("plain", handler=HANDLER, schema=head + fields.format("plain", "typedefs.host"))
    for name in ("lists", "plain"):
        vm.load_plugin(name)
    assert vm.validate_plugin({"name": "lists", "config": {"f": ["example.com"]}}) is None
    assert vm.validate_plugin({"name": "plain", "config": {"f": None}}) is None


HANDLER_THAT_ACTS = """
local Act = { VERSION = "1.0.0", PRIORITY = 1 }
function Act:access(conf)
  kong.log.warn("ttl ", conf.ttl)
  kong.response.set_header("X-Ttl", conf.ttl)
  ngx.sleep(conf.ttl / 10)
  if conf.ttl == 10 then error("too long") end
  if kong.request.get_header("X-Stop") then return kong.response.exit(403, { message = "no" }) end
end
function Act:log(conf) while true do pcall(error) end end
return Act
"""


def test_a_handler_shows_what_it_did(install: Install, vm: KongVM) -> None:
    install("act", handler=HANDLER_THAT_ACTS, schema=SCHEMA)
    vm.load_plugin("act")
    effects = vm.run_handler("act", "access", {"ttl": 5})
    assert effects is not None
    assert (effects.headers, effects.slept, effects.log) == ({"X-Ttl": "5"}, 0.5, (("warn", "ttl 5"),))
    assert effects.exited is None
    stopped = vm.run_handler("act", "access", {"ttl": 5}, {"x-stop": "1"})
    assert stopped is not None
    assert stopped.exited == (403, {"message": "no"})
    failed = vm.run_handler("act", "access", {"ttl": 10})
    assert failed is not None
    assert "too long" in (failed.error or "")
    assert vm.run_handler("act", "rewrite", {"ttl": 5}) is None


def test_code_that_never_ends_is_ended(install: Install, vm: KongVM) -> None:
    install("act", handler=HANDLER_THAT_ACTS, schema=SCHEMA)
    vm.load_plugin("act")
    install("endless", handler="while true do end", schema=SCHEMA)
    started = time.monotonic()
    with pytest.raises(SchemaRunError, match="instruction limit"):
        vm.run_handler("act", "log", {})
    with pytest.raises(PluginLoadError, match="instruction limit"):
        vm.load_plugin("endless")
    assert time.monotonic() - started < 10
    assert vm.run_handler("act", "access", {"ttl": 1}) is not None, "the VM is usable afterwards"
