# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the linter as data; docs/lint-rules.md says the same with an example for each.

An identifier is never given to another rule.  Sources: both pages of the vendor, konnect-api.md c and k,
kong-data-plane.md 1.1 and 2.
"""

from __future__ import annotations

from dataclasses import dataclass

ERROR, WARNING, INFO = "error", "warning", "info"
SEVERITIES = (ERROR, WARNING, INFO)


@dataclass(frozen=True)
class Rule:
    """``what`` is refused or doubted, ``why``, and how to ``fix`` it, each in sentences."""

    id: str
    name: str
    severity: str
    what: str
    why: str
    fix: str


_TABLE = (
    # -- the directory
    Rule(
        "KPL101",
        "forbidden-file",
        ERROR,
        "The directory holds api.lua, dao.lua, daos.lua, migrations.lua or migrations/.",
        "Konnect accepts neither an Admin API nor database entities of a plugin's own.",
        "Remove the file, and keep what it stored in the plugin's configuration or in a service of your own.",
    ),
    Rule(
        "KPL102",
        "missing-file",
        ERROR,
        "schema.lua or handler.lua is missing.",
        "The control plane needs the first, and every node needs both.",
        "Name the plugin's own directory, or add the file.",
    ),
    Rule(
        "KPL103",
        "foreign-language-without-schema",
        ERROR,
        "A plugin in Go, JavaScript, TypeScript or Python has no schema.lua.",
        "A control plane reads Lua only, whatever language the plugin is written in.",
        "Say in a schema.lua what the plugin's own configuration structure says.",
    ),
    Rule(
        "KPL104",
        "link",
        ERROR,
        "A link leads out of the directory, to a directory, or nowhere.",
        "A release holds the files themselves, and what lies outside of the directory is not shipped.",
        "Put the files themselves into the plugin's directory.",
    ),
    Rule(
        "KPL105",
        "not-shippable",
        ERROR,
        "The files cannot make a release: a name with other characters than letters, digits, '.', '_', '-' and '/', "
        "too large a file, or too many of them.",
        "plugin_release refuses the directory before anything is touched.",
        "Rename the file, or keep it out of the plugin's directory.",
    ),
    Rule(
        "KPL106",
        "syntax-error",
        ERROR,
        "A .lua file is not Lua as LuaJIT takes it, or is beyond what can be parsed.",
        "A node that loads the file fails at its next reload or at the first request that needs the file.",
        "Correct the line.",
    ),
    # -- schema.lua
    Rule(
        "KPL201",
        "schema-requires-typedefs",
        WARNING,
        "schema.lua requires kong.db.schema.typedefs. An error with the option forbid_typedefs.",
        "Konnect's documentation allows no require() in schema.lua; its own examples use typedefs, and they work.",
        "Leave it and ignore this rule with a reason, or write out the type and its validators.",
    ),
    Rule(
        "KPL202",
        "schema-requires-kong",
        WARNING,
        "schema.lua requires another module of Kong's.",
        "Konnect's documentation allows no require() in schema.lua. A control plane may have the module today, and "
        "another version of it tomorrow.",
        "Copy the few lines that are needed into schema.lua.",
    ),
    Rule(
        "KPL203",
        "schema-requires-other",
        ERROR,
        "schema.lua requires a module that is not Kong's, a module of a plugin, or one that is not named literally.",
        "A control plane gets the text of schema.lua alone and does not have the module.",
        "Put the code into schema.lua, or move it to handler.lua.",
    ),
    Rule(
        "KPL204",
        "schema-needs-gateway",
        ERROR,
        "schema.lua uses kong or ngx while it is loaded; ngx.null alone is allowed.",
        "On a control plane kong is nil and ngx nearly empty, so the upload fails.",
        "Use a constant, or move the code to handler.lua.",
    ),
    Rule(
        "KPL205",
        "validator-needs-gateway",
        WARNING,
        "A function in schema.lua uses kong, or a part of ngx that a control plane does not have.",
        "The function runs on the control plane at each write of an instance, and fails there.",
        "Write it in plain Lua. Of ngx a control plane has time, now, update_time, encode_base64 and null.",
    ),
    Rule(
        "KPL206",
        "validator-not-self-contained",
        ERROR,
        "A function in schema.lua uses a module from elsewhere or a global that nothing defines.",
        "Custom validation must be self-contained: a control plane has schema.lua and nothing beside it.",
        "Define what the function uses in schema.lua.",
    ),
    Rule(
        "KPL207",
        "schema-too-long",
        WARNING,
        "schema.lua has more than 8192 characters.",
        "Konnect's control plane has had this limit; whether it still has it is not documented.",
        "Shorten descriptions and repeated fields; shared local tables help.",
    ),
    Rule(
        "KPL208",
        "schema-refused",
        ERROR,
        "schema.lua fails when it is loaded, or declares something that Kong's schema language does not have.",
        "The control plane refuses the upload, and a node that reloads with it keeps its old workers.",
        "Correct what the message names.",
    ),
    Rule(
        "KPL209",
        "schema-too-new",
        ERROR,
        "schema.lua uses an attribute, type or typedef that the oldest node's version of Kong does not have.",
        "An unknown attribute is not ignored: the node fails to load the plugin.",
        "Leave it out until every node is new enough.",
    ),
    Rule(
        "KPL210",
        "schema-not-read",
        WARNING,
        "A part of schema.lua cannot be told without running it.",
        "A plan with such a part asks for an explicit update path, and instances cannot be fully judged.",
        "Write the value as a literal.",
    ),
    Rule(
        "KPL211",
        "schema-reads-machine",
        ERROR,
        "schema.lua uses io, os, debug, package, dofile or loadfile while it is loaded.",
        "What it finds differs between the control plane and each node, and so would the schema.",
        "Use a constant, or move the code to handler.lua.",
    ),
    # -- the name
    Rule(
        "KPL301",
        "name-not-literal",
        ERROR,
        "The name in schema.lua is neither a string nor a local constant that is one.",
        "A control plane loads the text without a module name, so a name made from `...` fails there.",
        'Write name = "the-name".',
    ),
    Rule(
        "KPL302",
        "name-characters",
        ERROR,
        "The name holds other characters than letters, digits, '-' and '_', or does not begin with a letter or digit.",
        "A control plane refuses it in paths, and a dot makes the node look in another directory.",
        "Use lower-case letters, digits and hyphens.",
    ),
    Rule(
        "KPL303",
        "name-underscore",
        WARNING,
        "The name holds an underscore.",
        "Konnect's control plane has refused underscores; whether it still does is not documented.",
        "Use hyphens.",
    ),
    Rule(
        "KPL304",
        "name-length",
        ERROR,
        "The name is empty or has more than 128 characters.",
        "A control plane takes 1 to 128 characters.",
        "Shorten the name.",
    ),
    Rule(
        "KPL305",
        "name-differs-from-directory",
        ERROR,
        "The name in schema.lua is not that of the directory.",
        "The control plane takes the name from the schema and a node from the directory: instances would be of a "
        "plugin that no node has.",
        "Rename one of them.",
    ),
    Rule(
        "KPL306",
        "name-bundled",
        ERROR,
        "The name is that of a plugin that Kong ships.",
        "The control plane refuses the upload because the schema exists already.",
        "Use a prefix of your own.",
    ),
    Rule(
        "KPL307",
        "name-streaming",
        ERROR,
        "The name is that of a streaming plugin of the control plane (option streaming_names).",
        "What a control plane and its nodes do with both is not documented.",
        "Use another name, or remove the streaming plugin first.",
    ),
    # -- handler.lua and the modules beside it
    Rule(
        "KPL401",
        "handler-priority",
        ERROR,
        "The handler has no PRIORITY that is an integer.",
        "The node refuses to load the plugin, and keeps its old workers at a reload.",
        "Set PRIORITY to an integer, such as 1000.",
    ),
    Rule(
        "KPL402",
        "handler-version",
        ERROR,
        "The handler has no VERSION of the form x.y.z.",
        "The node refuses to load the plugin, and keeps its old workers at a reload.",
        'Set VERSION to a string such as "1.0.0".',
    ),
    Rule(
        "KPL403",
        "handler-response",
        ERROR,
        "The handler has the phase response beside header_filter or body_filter.",
        "The node refuses to load a plugin with both.",
        "Do the work in one of them.",
    ),
    Rule(
        "KPL404",
        "handler-not-read",
        WARNING,
        "What handler.lua returns cannot be told without running it, or is no table.",
        "PRIORITY, VERSION and the phases are not checked.",
        "Return a table that is written out in handler.lua.",
    ),
    Rule(
        "KPL405",
        "third-party-require",
        INFO,
        "A module is required that is neither Kong's, nor OpenResty's, nor the plugin's own.",
        "Every node needs it; a release ships the plugin's own files only.",
        "Make sure that each node has it, or put it into the plugin's directory. Kong brings some, such as resty.http, "
        "in a version of its choice.",
    ),
    Rule(
        "KPL406",
        "require-in-function",
        WARNING,
        "A module is required inside of a function.",
        "The first request that gets there reads it from disk: after a release was switched, old workers would load "
        "new code.",
        "Require it at the top of the file.",
    ),
    Rule(
        "KPL407",
        "own-module-missing",
        ERROR,
        "A module of the plugin's own is required, and the directory has no such file.",
        "The node fails to load the plugin, or the request that gets there fails.",
        "Add the file, or correct the name.",
    ),
    Rule(
        "KPL408",
        "own-module-under-another-name",
        ERROR,
        "A file of this directory is required under the name of another plugin.",
        "The node loads the other plugin's file, or none: a copy under a new name often forgets this.",
        "Require it by the name of this directory.",
    ),
    # -- .konnect-lint.yml
    Rule(
        "KPL901",
        "ignore-malformed",
        ERROR,
        ".konnect-lint.yml is not a list of entries with rule, reason, and optionally path, line and expires.",
        "An entry that cannot be read ignores nothing.",
        "Correct the entry.",
    ),
    Rule(
        "KPL902",
        "ignore-without-reason",
        ERROR,
        "An entry of .konnect-lint.yml gives no reason.",
        "Nobody can tell later whether it still holds.",
        "Say in reason why the finding may stay.",
    ),
    Rule(
        "KPL903",
        "ignore-expired",
        WARNING,
        "An entry of .konnect-lint.yml has expired.",
        "It ignores nothing any more.",
        "Fix what it ignored, or decide again and set a new date.",
    ),
    Rule(
        "KPL904",
        "ignore-unmatched",
        WARNING,
        "An entry of .konnect-lint.yml matches no finding.",
        "What it was written for is gone, and it could hide something new.",
        "Remove the entry.",
    ),
)

RULES = {rule.id: rule for rule in _TABLE}
