# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every Konnect module has in common: arguments in, one client, one result or one clear message out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import HTTPX_IMPORT_ERROR, Client
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.connection import ConnectionSettingsError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import (
    ControlPlane,
    Purpose,
    ensure_writable,
    get_control_plane,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.fields import Field
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import node_owner
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.masking import MASK, masked, secret_values
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.stored import Stored
from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import (
    CONNECTION_ARGUMENTS,
    connection_from,
    proxy_password,
)

Result = dict[str, Any]

SHOW_REQUESTS_FROM = 3
# Ansible hides registered values wherever they occur; shorter ones would tear holes into every word. Those are masked
# by their place alone.
SHORTEST_REGISTERED_SECRET = 6


class UsageError(Exception):
    """Arguments that cannot be served; the message says what to change."""


class _DiscreetModule(AnsibleModule):  # type: ignore[misc]  # ansible-core has no types
    """An AnsibleModule that shows no configuration: not in ``invocation``, not in the system's log."""

    confidential: tuple[str, ...] = ()

    def exit_json(self, **kwargs: Any) -> None:
        super().exit_json(**{"invocation": self._invocation(), **kwargs})

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        super().fail_json(msg, **{"invocation": self._invocation(), **kwargs})

    def log(self, msg: str, log_args: Any = None) -> None:
        """Nothing: Ansible would write every argument to the system's log before any secret is known."""

    def _invocation(self) -> dict[str, Any]:
        params = getattr(self, "params", None) or {}
        return {
            "module_args": {key: MASK if key in self.confidential and value else value for key, value in params.items()}
        }


class KonnectModule:
    """One run of a module: its arguments, the client and the control plane, each made when first asked for."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params: Mapping[str, Any] = module.params
        self.check_mode: bool = module.check_mode
        self._client: Client | None = None
        self._config_fields: dict[str, Field | None] = {}

    @property
    def client(self) -> Client:
        """The client; ConnectionSettingsError when the arguments lead nowhere."""
        if self._client is None:
            connection = connection_from(self.params)
            self.keep_secret([connection.token, proxy_password(self.params) or ""])
            self._client = Client(connection)
        return self._client

    @cached_property
    def control_plane(self) -> ControlPlane:
        """The control plane that the argument names."""
        return get_control_plane(self.client, self.params["control_plane"])

    @cached_property
    def stored(self) -> Stored:
        """What it stores of plugins, or its members together where it is a group."""
        return Stored.of(self.client, self.control_plane)

    @cached_property
    def node_owner(self) -> ControlPlane:
        """The control plane that its nodes connect to: the group of a member, else itself."""
        return node_owner(self.client, self.control_plane)

    def writable_control_plane(self, purpose: Purpose) -> ControlPlane:
        """The same, refused with a KonnectError when it does not take such a write, as a group never does."""
        ensure_writable(self.control_plane, purpose, [place.name for place in self.stored.places])
        return self.control_plane

    def config_fields(self, plugin: str) -> Field | None:
        """The fields of a plugin's ``config`` as the control plane knows them; None when it knows no such plugin."""
        if plugin not in self._config_fields:
            self._config_fields[plugin] = self.stored.config_fields(plugin)
        return self._config_fields[plugin]

    def keep_secret(self, values: Iterable[str]) -> None:
        """Lets Ansible replace these values wherever they occur in the result."""
        self.module.no_log_values.update(value for value in values if len(value) >= SHORTEST_REGISTERED_SECRET)

    def learn_secrets(self, plugin: str, instances: Iterable[Mapping[str, Any]]) -> None:
        """Registers every secret value in these instances of a plugin."""
        about = self.config_fields(plugin)
        for instance in instances:
            self.keep_secret(secret_values(instance.get("config") or {}, about))

    def shown(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        """An instance as it may be shown."""
        about = self.config_fields(str(instance["name"]))
        return {**instance, "config": masked(instance.get("config") or {}, about)}

    def diff(self, before: Any, after: Any, header: str) -> Result:
        """The diff of a result, when Ansible asked for one."""
        if not self.module._diff:
            return {}
        return {
            "diff": {"before": before, "after": after, "before_header": header, "after_header": header},
        }

    def requests(self) -> Result:
        """The requests made so far, at a verbosity that asks for them."""
        if self._client is None or self.module._verbosity < SHOW_REQUESTS_FROM:
            return {}
        return {"requests": self._client.log()}


def run_konnect_module(
    work: Callable[[KonnectModule], Result],
    arguments: Mapping[str, Any],
    *,
    confidential: Sequence[str] = (),
    known_errors: tuple[type[Exception], ...] = (),
    **module_options: Any,
) -> None:
    """Makes the module, lets ``work`` do it, and ends the process with its result or with one message.

    confidential: arguments that may hold secrets of a configuration, hidden from ``invocation``. known_errors: further
    exceptions whose text is a message for people. module_options: for AnsibleModule, such as ``required_if``.
    """
    kind = type("_Module", (_DiscreetModule,), {"confidential": tuple(confidential)})
    module = kind(argument_spec={**CONNECTION_ARGUMENTS, **arguments}, supports_check_mode=True, **module_options)
    if HTTPX_IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("httpx"), exception=HTTPX_IMPORT_ERROR)
    konnect = KonnectModule(module)
    known: tuple[type[Exception], ...] = (ConnectionSettingsError, UsageError, *known_errors)
    try:
        result = work(konnect)
    except KonnectError as error:
        module.fail_json(msg=str(error), **_facts(error), **konnect.requests())
    except known as error:
        module.fail_json(msg=str(error), **konnect.requests())
    else:
        module.exit_json(**{"changed": False, **result, **konnect.requests()})


def _facts(error: KonnectError) -> Result:
    facts = {"status": error.status, "correlation_id": error.correlation_id or None}
    return {key: value for key, value in facts.items() if value is not None}
