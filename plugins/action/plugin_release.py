# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ships, switches and reloads in one visit; see the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._module.node_options import (
    PLUGIN_RELEASE,
    PLUGIN_RELEASE_RULES,
)
from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import (
    Release,
    check_digest,
    check_name,
    read_release,
)
from ansible_collections.kongops.konnect.plugins.module_utils._node.observation import read_observations
from ansible_collections.kongops.konnect.plugins.module_utils._node.outcome import (
    diff_of,
    not_in_effect,
    proof,
    releases_done,
    still_enabled,
    would_change,
    would_prune,
)
from ansible_collections.kongops.konnect.plugins.module_utils._node.preflight import planned_file, read_preflight
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import Visit
from ansible_collections.kongops.konnect.plugins.module_utils._node.settings import Settings, read_settings
from ansible_collections.kongops.konnect.plugins.plugin_utils.node_action import NodeAction, visit_options

SHIPPING = ("present", "staged")
PRUNING = (*SHIPPING, "rolled_back")


class ActionModule(NodeAction):
    """One visit per node: every plugin is shipped and verified before any is switched; then at most one reload."""

    ARGUMENTS = PLUGIN_RELEASE
    RULES = PLUGIN_RELEASE_RULES

    def work(self, args: dict[str, Any], host: str) -> dict[str, Any]:
        releases, wanted = self._wanted(args)
        options = {"names": list(wanted), "look": "brief", **visit_options(args)}
        if self._task.check_mode:
            answer = self.visit(Visit(state=args["state"], enable=args["enable"], check=True, **options))
            look, settings = read_look(answer, host), read_settings(answer)
            changes = would_change(look, args["state"], wanted)
            pruned = args["state"] in PRUNING and would_prune(look, wanted, args["keep"])
            return {
                "changed": bool(changes or pruned or settings.changes),
                "node": look,
                "diff": diff_of(changes) + settings.diff,
                **self._of_settings({**args, "reload": False}, settings),
            }
        answer = self.visit(
            Visit(
                state=args["state"],
                wanted={name: digest for name, digest in wanted.items() if digest},
                keep=args["keep"],
                enable=args["enable"],
                reload=args["reload"],
                on_failure=args["on_failure"],
                since=args["log_position"] or "",
                planned=planned_file(args["planned"]) if args["planned"] is not None else "",
                **options,
            ),
            releases,
        )
        return self._result(args, answer, host, list(wanted))

    def _wanted(self, args: dict[str, Any]) -> tuple[list[Release], dict[str, str | None]]:
        """The releases to ship, and by plugin the digest to go to; None where the node knows (the previous one)."""
        releases, wanted = [], {}
        for item in args["plugins"] or [{key: args[key] for key in ("name", "path", "digest")}]:
            if args["state"] in SHIPPING:
                if not item["path"]:
                    raise ReleaseError(f"state {args['state']} needs a path for {item['name']}")
                release = read_release(self._loader.path_dwim(item["path"]), item["name"])
                if item["digest"] and item["digest"] != release.digest:
                    raise ReleaseError(
                        f"{item['path']}: has the digest {release.digest}, not {item['digest']}; "
                        "the files have changed since the digest was taken"
                    )
                releases.append(release)
                name, digest = release.name, release.digest
            else:
                if not item["name"]:
                    raise ReleaseError(f"state {args['state']} needs a name")
                name, digest = item["name"], item["digest"]
                check_name(name, "name")
                check_digest(digest)
            if name in wanted:
                raise ReleaseError(f"{name} is given twice")
            wanted[name] = digest
        return releases, wanted

    @staticmethod
    def _result(args: dict[str, Any], answer: Answer, host: str, names: list[str]) -> dict[str, Any]:
        done = releases_done(answer, names)
        refused, untried = read_preflight(answer)
        observations = read_observations(answer)
        changes = {name: (item["before"], item["after"]) for name, item in done.items() if item["switched"]}
        changed = any(item[what] for item in done.values() for what in ("shipped", "switched", "removed", "pruned"))
        settings = read_settings(answer)
        result: dict[str, Any] = {
            "changed": changed or bool(observations) or bool(settings.changes),
            "plugins": done,
            "node": read_look(answer, host),
            "diff": diff_of(changes) + settings.diff,
            "reloads": 0,
            "verdict": refused.to_dict() if refused else None,
            "untried": untried,
            **ActionModule._of_settings(args, settings),
        }
        if refused:
            return {**result, "failed": True, "msg": refused.told}
        if args["reload"] and (observations or answer.get("idle")):
            result.update(proof(observations, args["expected_hash"], answer.text("earlier")))
        if result.get("failed") or settings.recreate:
            return result
        if args["state"] == "disabled":
            reasons = still_enabled(result["node"], names) if args["reload"] else []
        else:
            reasons = not_in_effect(result["node"], names) if args["state"] in ("present", "rolled_back") else []
        if reasons:
            told = "; ".join([*reasons, *filter(None, [settings.to_restart(args["kong_unit"])])])
            told = told if args["state"] == "disabled" else f"the release is live, but {told}"
            result.update({"failed": True, "msg": told} if args["reload"] else {"warnings": [told]})
        return result

    @staticmethod
    def _of_settings(args: dict[str, Any], settings: Settings) -> dict[str, Any]:
        """What was set, and what is to be done with a container: a failure where the visit was to end with a reload."""
        here = {
            "enabled_in": None if args["state"] == "disabled" else settings.files,
            "disabled_in": settings.files if args["state"] == "disabled" else None,
            "recreate": dict(settings.recreate),
        }
        told = settings.to_recreate(args["kong_container"], args["kong_environment_file"])
        if told is None:
            return here
        return {**here, "failed": True, "msg": told} if args["reload"] else {**here, "warnings": [told]}
