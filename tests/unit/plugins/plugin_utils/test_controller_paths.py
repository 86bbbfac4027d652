# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of the controller begin where the command was given, in every part of a run; modules run elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.kongops.konnect.plugins.action import (
    kept_plugin_info,
    maintenance_window,
    move_plan,
    rollback_plan,
    rollout_report,
    update_plan,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module import kept
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import UndoError
from ansible_collections.kongops.konnect.plugins.plugin_utils import durable

CONTROL_PLANE = "6dd5b8a2-8f1a-4f8e-9c0c-2f6f3d1f9a10"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder; the command is given in another one."""
    for name in ("home", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PLACE", "of-a-variable")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "home"


def ran(
    kind: type[ActionBase], monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], **arguments: Any
) -> dict[str, Any]:
    """The arguments that an action gives to its module, which answers with this."""
    given: dict[str, Any] = {}

    def module(_action: ActionBase, module_args: dict[str, Any], **_options: Any) -> dict[str, Any]:
        given.update(module_args)
        return dict(answer)

    monkeypatch.setattr(ActionBase, "run", lambda *_arguments, **_options: {})
    monkeypatch.setattr(ActionBase, "_execute_module", module)
    action = kind.__new__(kind)
    action._task = SimpleNamespace(args=arguments, check_mode=False)
    action._loader = None
    action.run(None, {"hostvars": {}})
    return given


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["plugins/a", "/b"], ["here/plugins/a", "/b"]),
        ("plugins/a,/b", ["here/plugins/a", "/b"]),
        ("plugins/a", ["here/plugins/a"]),
        (["~/a", "$PLACE/b"], ["home/a", "here/of-a-variable/b"]),
        ("", ""),
        ({"a": "b"}, {"a": "b"}),
    ],
)
def test_the_directories_of_a_plan_begin_where_the_command_was_given(
    given: Any, expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ran(update_plan.ActionModule, monkeypatch, {"plan": {}}, plugin_paths=given)["plugin_paths"]
    if isinstance(expected, list):
        expected = [str(tmp_path / path) for path in expected]
    assert told == expected


def test_the_directory_of_a_move_begins_where_the_command_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    told = ran(move_plan.ActionModule, monkeypatch, {"plan": {}}, path="plugins/a", plan_file="plan.json")
    assert told == {"path": str(Path.cwd() / "plugins/a"), "plan_file": str(Path.cwd() / "plan.json")}


@pytest.mark.parametrize("given", ["journals", "~/journals", "$PLACE/journals", "/srv/journals", None])
def test_every_part_of_a_run_has_the_same_folder_for_journals(
    given: str | None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = {
        "journals": Path.cwd() / "journals",
        "~/journals": home / "journals",
        "$PLACE/journals": Path.cwd() / "of-a-variable/journals",
        "/srv/journals": Path("/srv/journals"),
        None: home / ".local/state/kongops/journal",
    }[given]
    told = {} if given is None else {"journal_dir": given}
    window = ran(maintenance_window.ActionModule, monkeypatch, {}, state="open", plan={}, **told)
    saved = SimpleNamespace(to_dict=dict)
    monkeypatch.setattr(rollback_plan, "open_undo", lambda *_arguments: saved)
    monkeypatch.setattr(rollback_plan.ActionModule, "_path", lambda _action, arguments: arguments["journal_dir"])
    back = ran(rollback_plan.ActionModule, monkeypatch, {}, control_plane="main", **told)
    assert (window["journal_dir"], back["journal_dir"]) == (str(folder), str(folder))
    if given is not None:
        plan = ran(update_plan.ActionModule, monkeypatch, {"plan": {}}, **told)
        assert plan["journal_dir"] == str(folder)


def test_what_was_kept_is_named_by_a_path_that_holds_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kept.folder_of("journals", CONTROL_PLANE, "edge-hints")
    schema, files = "return {}\n", folder / ("b" * 64) / "edge-hints"
    files.mkdir(parents=True)
    (files / "schema.lua").write_text(schema)
    record = kept.record_of("edge-hints", {"lua_schema": schema, "created_at": 1}, [], f"sha256:{'b' * 64}")
    (folder / kept.RECORD).write_text(json.dumps(record))
    action = kept_plugin_info.ActionModule.__new__(kept_plugin_info.ActionModule)
    action._loader = None
    monkeypatch.setattr(kept_plugin_info, "kept_files", lambda place, *_of: place / ("b" * 64) / "edge-hints")
    control_planes = {"control_planes": [{"id": CONTROL_PLANE, "name": "main"}]}
    monkeypatch.setattr(kept_plugin_info.ActionModule, "ask", lambda *_arguments: control_planes)
    given = {"name": "edge-hints", "control_plane": "main", "journal_dir": "journals"}
    found = action.work({**given, "undo_vault_password_file": None}, {})
    assert found["path"] == str(Path.cwd() / files)


def test_a_report_is_kept_where_the_command_was_given() -> None:
    action = rollout_report.ActionModule.__new__(rollout_report.ActionModule)
    action._task = SimpleNamespace(check_mode=False)
    files = action._keep("reports", "one", {}, "text")
    assert files == [str(Path.cwd() / "reports" / name) for name in ("one.json", "one.txt")]


@pytest.mark.parametrize(
    ("given", "passes"),
    [
        (None, True),
        ("~/journals", True),
        ("$HOME/journals", True),
        ("journals", True),
        ("/runner/project/../journals", True),
        ("/tmp/journals", True),
        ("/srv/journals", False),
        ("/srv/mounted", False),
        ("~/mounted", False),
        ("~/mounted/journals", False),
    ],
)
def test_a_folder_that_goes_with_the_job_is_refused_however_it_is_written(
    given: str | None, passes: bool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable.os.path, "ismount", lambda path: Path(path).name == "mounted")
    monkeypatch.setattr(durable, "_PASSING", ("/tmp/journals", "/runner", str(Path.cwd())))
    variables = {"awx_job_id": 7}
    if not passes:
        durable.refuse_lost_journal(given, variables)
        return
    with pytest.raises(UndoError, match="a job leaves nothing behind"):
        durable.refuse_lost_journal(given, variables)
    durable.refuse_lost_journal(given, {})


def test_a_home_that_is_everything_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    durable.refuse_lost_journal("/srv/journals", {"awx_job_id": 7})
