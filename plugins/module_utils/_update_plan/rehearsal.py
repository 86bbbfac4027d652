# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan played through: at every step, and within the nodes' step after each node, two kinds of foreign write.

Somebody writes another entity, which ships every stored instance as it is; or somebody saves an instance of the plugin,
which fills it by the schema that the control plane has by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.steps import Step
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import Study
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.world import Moment, Refusal, World


def rehearse(studies: Sequence[Study], steps: Sequence[Step]) -> list[Json]:
    """For each moment its ``step``, the ``node`` just switched (or None), and the rejections: ``other`` of a write to
    another entity, ``save`` of a save of an instance, without those that any write would meet."""
    return [_told(one) for one in _moments(studies, steps)]


def _moments(studies: Sequence[Study], steps: Sequence[Step]) -> Iterator[Moment]:
    world = World(tuple(studies))
    for step in steps:
        if step.name == "nodes":
            for host in step.hosts or ():
                world = world.with_node(host)
                yield Moment(step.name, world, world.push(), node=host)
        world = world.after(step.name)
        if step.name != "nodes":
            yield Moment(step.name, world, world.push())


def _told(moment: Moment) -> Json:
    saves = set(moment.world.saves()) - set(moment.refusals)
    return {
        "step": moment.step,
        "node": moment.node,
        "other": _grouped(moment.refusals),
        "save": _grouped(one for one in moment.world.saves() if one in saves),
    }


def _grouped(refusals: Iterable[Refusal]) -> list[Json]:
    """Instances that the same hosts refuse for the same reasons, together."""
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for one in refusals:
        reasons = tuple(str(reason) for reason in one.reasons)
        groups.setdefault((one.plugin, one.hosts, reasons), []).append(one.instance)
    return [
        {"plugin": plugin, "hosts": list(hosts), "reasons": list(reasons), "instances": instances}
        for (plugin, hosts, reasons), instances in groups.items()
    ]
