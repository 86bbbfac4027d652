# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secret values of instances: found by what the schema marks, hidden in what is shown, restored in what is sent.

Secret is what is ``encrypted`` or ``referenceable``, at any depth, and what the schema does not know: a field that was
removed may have been secret. References to a vault are no secret.

The mask is the text that Ansible itself puts in place of a no_log value, so a plan or a result that went through
Ansible can come back: a masked value means "the value that is stored".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.fields import Field

MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_PARTIAL_MASK = "********"
_ANY = Field()


def masked(value: Any, about: Field | None) -> Any:
    """A copy with every secret replaced by the mask. about: the field, or None when nothing is known of it."""
    if about is None or about.secret:
        return _hidden(value)
    if isinstance(value, Mapping):
        return {key: masked(item, _below(about, key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(item, about.element or _ANY) for item in value]
    return value


def secret_values(value: Any, about: Field | None) -> Iterator[str]:
    """Every secret text in a value, so that it can be kept out of all output.

    A default that the schema itself tells is none: hiding ``localhost`` everywhere would hide half of every message.
    """
    if about is None or (about.secret and value != about.default):
        yield from _texts(value)
    elif about.secret:
        return
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from secret_values(item, _below(about, key))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from secret_values(item, about.element or _ANY)


def unmasked(planned: Any, stored: Any, where: str = "config") -> Any:
    """A copy with every mask replaced by the stored value at the same place; KonnectError when there is none."""
    if isinstance(planned, Mapping):
        below = stored if isinstance(stored, Mapping) else {}
        return {key: unmasked(value, below.get(key), f"{where}.{key}") for key, value in planned.items()}
    if isinstance(planned, (list, tuple)):
        same = isinstance(stored, (list, tuple)) and len(stored) == len(planned)
        beside = stored if same else [None] * len(planned)
        return [unmasked(value, beside[index], f"{where}[{index}]") for index, value in enumerate(planned)]
    if planned == MASK:
        if stored is None:
            raise KonnectError(
                f"{where} holds a masked value, and there is no stored value at this place to keep",
                hint="Give the value itself.",
            )
        return stored
    if isinstance(planned, str) and _PARTIAL_MASK in planned and planned != stored:
        raise KonnectError(
            f"{where} holds {_PARTIAL_MASK}, which is what Ansible prints in place of a secret",
            hint="Give the value itself, or leave the field out to keep the stored one.",
        )
    return planned


def _below(about: Field, key: str) -> Field | None:
    if about.children:
        return about.children.get(key)
    return about.element or _ANY


def _hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_hidden(item) for item in value]
    if value is None or isinstance(value, bool) or _is_reference(value):
        return value
    return MASK


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool) and not _is_reference(value):
        yield str(value)


def _is_reference(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{vault://") and value.endswith("}")
