# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan is bound to: digests of its inputs, and whether the world still has them.

An input counts as unchanged when it has its planned value, or the one that this plan's own steps give it: a rollout
that was cut short can then be finished with the same plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import (
    answers_digest,
    instance_digest,
    instance_digests,
    text_digest,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Notice
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import parse_path
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, listing

if TYPE_CHECKING:
    from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Schema
    from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Options
    from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import Study


def inputs_of(study: Study, options: Options) -> Json:
    """The inputs of one plugin: what each is now (``before``) and what the plan's steps make of it (``after``)."""
    wanted, made_up = study.wanted, made_up_fields(study.wanted.schema)
    return {
        "release": wanted.digest,
        "files": dict(wanted.files),
        "schema": {"before": text_digest(study.control_plane_text), "after": wanted.schema_digest},
        "made_up": made_up,
        "instances": [*_instance_inputs(study, options.binding_key, made_up)],
        "hosts": [{"host": one.name, "before": one.digest or "", "after": wanted.digest} for one in study.hosts],
        "choices": [*_choices(options, wanted.name)],
    }


def _choices(options: Options, plugin: str) -> Iterator[Json]:
    """What the operator decided that could make another rollout of the same inputs.

    A heavier ``update_path`` is not among them: it is what the playbook for one path says of itself, and a lighter one
    needs ``accept_risk``. Answers may be secret, so they are known by a keyed digest.
    """
    answers = answers_digest(options.instance_values.get(plugin) or {}, options.binding_key)
    for option, value in (
        ("accept_risk", str(options.accept_risk).lower()),
        ("path_policy", options.path_policy),
        ("instance_values", answers),
    ):
        yield {"option": option, "choice": f"{option}: {value}"}


def made_up_fields(schema: Schema) -> list[str]:
    """The paths in ``config`` of fields declared ``auto``: UUIDs, random strings, times.

    A field whose name makes no path is not among them: what is made up for it counts as written by somebody.
    """
    fields = ((one.path, one.declared) for one in schema.flatten() if one.path.startswith("config."))
    return [path for path, field in fields if field.attributes.get("auto") is True and _is_path(path)]


def _is_path(text: str) -> bool:
    try:
        parse_path(text)
    except ValueError:
        return False
    return True


def _instance_inputs(study: Study, key: bytes, made_up: Sequence[str]) -> Iterator[Json]:
    for one, before in zip(study.judgements, instance_digests(study.instances, key, made_up), strict=True):
        after = before
        if one.rewrite:
            after = instance_digest({**one.instance, "config": one.rewrite.stored}, key, made_up)
        yield {"id": str(one.instance.get("id")), "label": one.label, "before": before, "after": after}


def differences(planned: Mapping[str, Any], current: Mapping[str, Any]) -> list[Notice]:
    """What of the inputs of a stored plan is neither as planned nor as its steps make it.

    Both are `Plan.to_dict` documents; ``current`` was made just now from the same directories with the same key.
    """
    found = []
    if planned.get("kind") != current.get("kind"):
        found.append(Notice(f"the plan is for another operation ({clean(planned.get('kind') or 'update')})"))
    if planned["control_plane"]["id"] != current["control_plane"]["id"]:
        found.append(Notice("the plan is for another control plane", where=clean(planned["control_plane"]["name"])))
    now = {one["name"]: one["inputs"] for one in current["plugins"]}
    for one in planned["plugins"]:
        if one["name"] not in now:
            found.append(Notice("the plugin of the plan is not among those given", where=clean(one["name"])))
        else:
            found += _plugin_differences(one["name"], one["inputs"], now.pop(one["name"]))
    found += [Notice("the plugin is not in the plan", where=clean(name)) for name in now]
    return found


def _plugin_differences(name: str, planned: Json, current: Json) -> Iterator[Notice]:
    where = clean(name)
    if planned["release"] != current["release"]:
        before, after = planned.get("files") or {}, current.get("files") or {}
        others = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        which = f": {listing(others)}" if others else ""
        yield Notice(f"the files of the directory are not those of the plan{which}", where=where)
    if current["schema"]["before"] not in planned["schema"].values():
        yield Notice("the schema on the control plane is neither the old nor the new one of the plan", where=where)
    yield from _each(where, "instance", "id", planned["instances"], current["instances"])
    yield from _each(where, "host", "host", planned["hosts"], current["hosts"])
    approved = [one["choice"] for one in planned.get("choices", ())]
    for one in current.get("choices", ()):
        if one["choice"] in approved:
            continue
        if "option" in one:
            yield Notice(f"{one['option']} is not as it was when the plan was made", where=where)
        else:
            yield Notice(f"what is to be done with {clean(one['label'])} is not what the plan says", where=where)


def _each(where: str, kind: str, key: str, planned: Sequence[Json], current: Sequence[Json]) -> Iterator[Notice]:
    """None is a value that is not there, ``between`` are values that the plan's own steps pass through.  ``as_given``
    means as the operator wants it now, whatever it was."""
    expected = {one[key]: one for one in planned}
    for one in current:
        if one["before"] is None:
            continue
        then = expected.pop(one[key], None)
        label = clean(one.get("label", one[key]))
        if one.get("as_given"):
            continue
        if then is None:
            yield Notice(f"{kind} {label} was not there when the plan was made", where=where)
        elif one["before"] not in (then["before"], then["after"], *then.get("between", ())):
            yield Notice(f"{kind} {label} is neither as planned nor as the plan leaves it", where=where)
    for one in expected.values():
        if None not in (one["before"], one["after"]):
            yield Notice(f"{kind} {clean(one.get('label', one[key]))} is gone", where=where)
