"""Tells Holdfast what ansible-playbook does: one JSON object per line, to the descriptor HOLDFAST_EVENTS_FD."""

from __future__ import annotations

import hashlib
import json
import os
import time

from ansible import context
from ansible.errors import AnsibleActionSkip
from ansible.executor.task_executor import TaskExecutor
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: holdfast_events
    type: notification
    short_description: machine-readable events for Holdfast
    description:
        - Writes plays, tasks, results per host and item, differences and the final counts as JSON lines.
        - Results of tasks with no_log are named, never shown.
        - In check mode every task is run in check mode, also one that says otherwise, and those are named of which check
          mode can tell nothing.
"""

# A result may hold a whole file; a person reads the beginning.
MESSAGE_CHARACTERS = 2000
DIFF_CHARACTERS = 64 * 1024
# Modules that change nothing, or nothing but what the run itself remembers.
LOOKING = frozenset(
    "add_host assert async_status debug fail find gather_facts getent group_by include_vars meta package_facts pause"
    " ping service_facts set_fact set_stats setup slurp stat validate_argument_spec wait_for wait_for_connection".split()
)


class CallbackModule(CallbackBase):
    """Writes events; the screen is left to whichever plugin it belongs to."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "holdfast_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._began = {}
        self._descriptor = int(os.environ.get("HOLDFAST_EVENTS_FD", "-1"))
        try:
            # What tasks start on this machine does not get it.
            os.set_inheritable(self._descriptor, False)
        except OSError:
            self.disabled = True
        if context.CLIARGS.get("check"):
            self._guard_preview()

    def _guard_preview(self):
        """Nothing is run for real from here on: processes that run tasks are forked from this one."""
        find_handler = TaskExecutor._get_action_handler_with_module_context

        def guarded(executor, *args, **kwargs):
            task = executor._task
            is_forced = not task.check_mode
            task.check_mode = executor._play_context.check_mode = True
            # Ansible refuses check mode for tasks in the background.
            task.async_val = 0
            handler, module = find_handler(executor, *args, **kwargs)
            host = executor._host.get_name()

            def tell(why):
                self._send(
                    "host.not-previewed",
                    task=task._uuid,
                    host=host,
                    why="check-mode-false" if is_forced and why == "no-check-mode" else why,
                    looksOnly=True if looks_only(task) else None,
                )

            handler.run = watched(handler, task, tell)
            return handler, module

        TaskExecutor._get_action_handler_with_module_context = guarded

    def _send(self, kind, **fields):
        event = {"type": kind, "at": int(time.time() * 1000)}
        event.update((key, value) for key, value in fields.items() if value is not None)
        line = json.dumps(event, default=str, separators=(",", ":")) + "\n"
        data = line.encode("utf-8", "replace")
        while data:
            data = data[os.write(self._descriptor, data) :]

    def v2_playbook_on_start(self, playbook):
        """The playbook was read."""
        self._send("playbook.start")

    def v2_playbook_on_play_start(self, play):
        """A play begins; with `serial` this comes once for each batch."""
        self._send("play.start", play=play._uuid, name=play.get_name().strip())

    def v2_playbook_on_no_hosts_matched(self):
        """The play has no hosts."""
        self._send("play.no-hosts")

    def v2_playbook_on_task_start(self, task, is_conditional):
        """A task begins."""
        self._task(task, False)

    def v2_playbook_on_handler_task_start(self, task):
        """A handler begins."""
        self._task(task, True)

    def _task(self, task, is_handler):
        self._send(
            "task.start",
            task=task._uuid,
            name=task.get_name().strip(),
            action=task.action,
            path=task.get_path(),
            isHandler=True if is_handler else None,
            leaves=left_variables(task) or None,
            notifies=names_of(task.notify) or None,
        )

    def v2_runner_on_start(self, host, task):
        """A host begins with a task."""
        self._began[(host.get_name(), task._uuid)] = time.monotonic()
        self._send("host.start", task=task._uuid, host=host.get_name())

    def v2_runner_on_ok(self, result):
        """A host is done with a task."""
        self._result("host.changed" if result.is_changed() else "host.ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """A task failed on a host."""
        self._result("host.failed", result, isIgnored=True if ignore_errors else None)

    def v2_runner_on_skipped(self, result):
        """A host does not do a task."""
        self._left_out(result)
        self._result("host.skipped", result)

    def v2_runner_on_unreachable(self, result):
        """A host does not answer."""
        self._result("host.unreachable", result)

    def v2_runner_retry(self, result):
        """A task is tried again."""
        self._result("host.retry", result)

    def v2_runner_item_on_ok(self, result):
        """One item of a loop is done."""
        self._item("changed" if result.is_changed() else "ok", result)

    def v2_runner_item_on_failed(self, result):
        """One item of a loop failed."""
        self._item("failed", result)

    def v2_runner_item_on_skipped(self, result):
        """One item of a loop is not done."""
        self._left_out(result)
        self._item("skipped", result)

    def _left_out(self, result):
        """Tells of a task that its condition leaves out of check mode."""
        values, task = result._result, result._task
        condition = task.when if hidden(result) else values.get("false_condition", "")
        if context.CLIARGS.get("check") and "ansible_check_mode" in str(condition):
            self._send(
                "host.not-previewed",
                task=task._uuid,
                host=result._host.get_name(),
                why="left-out",
                looksOnly=True if looks_only(task) else None,
            )

    def v2_on_file_diff(self, result):
        """What a task changes, or would change."""
        if hidden(result):
            return
        results = result._result.get("results") if result._task.loop else None
        diffs = []
        for each in results or [result._result]:
            if isinstance(each, dict) and not each.get("_ansible_no_log") and each.get("changed"):
                found = each.get("diff") or []
                diffs.extend(found if isinstance(found, list) else [found])
        shown, left, omitted = [], DIFF_CHARACTERS, hashlib.sha256()
        for diff in diffs:
            piece = diff_fields(diff) if isinstance(diff, dict) else {}
            size = sum(len(text) for text in piece.values())
            if piece and size <= left:
                shown.append(piece)
                left -= size
            elif piece:
                left = -1
                omitted.update((piece.get("before", "") + "\0" + piece.get("after", "")).encode("utf-8", "replace"))
        if shown or left < 0:
            self._send(
                "host.diff",
                task=result._task._uuid,
                host=result._host.get_name(),
                diffs=shown,
                isTruncated=True if left < 0 else None,
                omitted=omitted.hexdigest() if left < 0 else None,
            )

    def v2_playbook_on_stats(self, stats):
        """The end: counts per host, from which alone the outcome is told."""
        hosts = {}
        for host in sorted(stats.processed):
            counts = stats.summarize(host)
            counts["failed"] = counts.pop("failures")
            hosts[host] = counts
        self._send("stats", hosts=hosts)

    def _result(self, kind, result, **fields):
        host, task = result._host.get_name(), result._task._uuid
        began = self._began.get((host, task))
        self._send(
            kind,
            task=task,
            host=host,
            durationMs=None if began is None else round((time.monotonic() - began) * 1000),
            message=message_of(result),
            **fields,
        )

    def _item(self, status, result):
        label = None if hidden(result) else self._get_item_label(result._result)
        self._send(
            "host.item",
            task=result._task._uuid,
            host=result._host.get_name(),
            status=status,
            item=None if label is None else str(label)[:200],
            message=message_of(result) if status == "failed" else None,
        )


def watched(handler, task, tell):
    """Runs a handler in check mode and tells when it says nothing of what it would do."""
    run, action = handler.run, plain_name(task.action)
    is_own = str(getattr(handler, "_original_path", "")).startswith(os.getcwd() + os.sep)
    # It looks for the file itself: what it does not run then, it would not run at all.
    knows = action == "script" and bool(task.args.get("creates") or task.args.get("removes"))

    def run_watched(*args, **kwargs):
        if is_own:
            tell("own-plugin")
            return {"skipped": True, "changed": False, "msg": "not run in a preview: it is a plugin of the repository"}
        try:
            result = run(*args, **kwargs)
        except AnsibleActionSkip:
            if not knows:
                tell("no-check-mode")
            raise
        if result.get("skipped") and not knows:
            tell("no-check-mode")
        return result

    return run_watched


def plain_name(action):
    """The name of a module without the collection that comes with Ansible."""
    return str(action).removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")


def looks_only(task):
    """True when a task changes nothing, by its module or by its own word."""
    action = plain_name(task.action)
    if action == "uri":
        return str(task.args.get("method", "GET")).upper() in ("GET", "HEAD") and not task.args.get("dest")
    return action in LOOKING or task.changed_when in ([False], False)


def names_of(value):
    """One name or several, as a list."""
    return [value] if isinstance(value, str) else [str(name) for name in value or []]


def left_variables(task):
    """Names of variables that later tasks may use."""
    names = [task.register] if task.register else []
    if plain_name(task.action) == "set_fact":
        names.extend(str(name) for name in task.args if name != "cacheable")
    return names


def hidden(result):
    """True when nothing of a result may be shown."""
    values = result._result
    return "censored" in values or bool(values.get("_ansible_no_log")) or result._task.no_log is True


def message_of(result):
    """What a module says about its end, without what it returns."""
    if hidden(result):
        return None
    values = result._result
    parts = [values.get("msg"), values.get("skip_reason"), values.get("stderr")]
    text = "\n".join(str(part).strip() for part in parts if part)
    return text[:MESSAGE_CHARACTERS] or None


def diff_fields(diff):
    """The parts of a difference as texts."""
    fields = {}
    for name in ("before_header", "after_header", "before", "after", "prepared"):
        value = diff.get(name)
        if value is not None:
            is_text = isinstance(value, str)
            fields[name] = value if is_text else json.dumps(value, default=str, indent=2, sort_keys=True)
    return fields
