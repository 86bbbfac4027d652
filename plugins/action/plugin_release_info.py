# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a node; see the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.kongops.konnect.plugins.module_utils._module.node_options import PLUGIN_RELEASE_INFO
from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import shown
from ansible_collections.kongops.konnect.plugins.module_utils._node.kong_log import read_log
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look, unreachable
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import check_name
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import Visit
from ansible_collections.kongops.konnect.plugins.plugin_utils.node_action import NodeAction, visit_options


class ActionModule(NodeAction):
    """One look, which is one remote execution and changes nothing."""

    ARGUMENTS = PLUGIN_RELEASE_INFO

    def work(self, args: dict[str, Any], host: str) -> dict[str, Any]:
        for name in args["names"]:
            check_name(name, "names")
        try:
            answer = self.visit(Visit(state="look", names=args["names"], log=args["log"], **visit_options(args)))
        except AnsibleConnectionFailure as error:
            if not args["report_unreachable"]:
                raise
            return {"changed": False, "node": unreachable(host, shown(str(error), 400))}
        result = {"changed": False, "node": read_look(answer, host)}
        if args["log"]:
            records = [record.to_dict() for record in read_log(answer.text("log.text") or "")]
            result["log"] = {"records": records, "workers_since": answer.get("workers_since")}
        return result
