import { z } from 'zod';

const onHost = {
  at: z.number(),
  /** Id of the task within this run of the playbook. */
  task: z.string(),
  host: z.string(),
};
const result = {
  ...onHost,
  durationMs: z.number().optional(),
  /** What the module said; absent for tasks with `no_log`. */
  message: z.string().optional(),
};
const counts = z.object({
  ok: z.int(),
  changed: z.int(),
  failed: z.int(),
  unreachable: z.int(),
  skipped: z.int(),
  rescued: z.int(),
  ignored: z.int(),
});

/** One line of our callback plugin. Fields that a later plugin adds are dropped. */
export const playbookEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('playbook.start'), at: z.number() }),
  z.object({ type: z.literal('play.start'), at: z.number(), play: z.string(), name: z.string() }),
  z.object({ type: z.literal('play.no-hosts'), at: z.number() }),
  z.object({
    type: z.literal('task.start'),
    at: z.number(),
    task: z.string(),
    name: z.string(),
    action: z.string(),
    /** File and line, as `/workspace/site.yml:7`. */
    path: z.string().optional(),
    isHandler: z.boolean().optional(),
    /** Names of variables that tasks behind it may use: of its result, or those that it sets. */
    leaves: z.array(z.string()).optional(),
    /** Names of handlers that it notifies when it changes something. */
    notifies: z.array(z.string()).optional(),
  }),
  z.object({ type: z.literal('host.start'), ...onHost }),
  z.object({
    type: z.literal('host.item'),
    ...onHost,
    status: z.enum(['ok', 'changed', 'failed', 'skipped']),
    item: z.string().optional(),
    message: z.string().optional(),
  }),
  z.object({ type: z.literal('host.ok'), ...result }),
  z.object({ type: z.literal('host.changed'), ...result }),
  z.object({ type: z.literal('host.failed'), ...result, isIgnored: z.boolean().optional() }),
  z.object({ type: z.literal('host.skipped'), ...result }),
  z.object({ type: z.literal('host.unreachable'), ...result }),
  z.object({ type: z.literal('host.retry'), ...result }),
  z.object({
    type: z.literal('host.diff'),
    ...onHost,
    diffs: z.array(
      z.object({
        before_header: z.string().optional(),
        after_header: z.string().optional(),
        before: z.string().optional(),
        after: z.string().optional(),
        prepared: z.string().optional(),
      }),
    ),
    /** True when differences over 64 KB were left out. */
    isTruncated: z.boolean().optional(),
    /** SHA-256 of what was left out, hex. */
    omitted: z.string().optional(),
  }),
  z.object({
    type: z.literal('host.not-previewed'),
    ...onHost,
    /**
     * `no-check-mode`: its module cannot tell. `check-mode-false`: it says that it runs in check mode as well, and it was
     * not. `left-out`: its condition leaves it out in check mode. `own-plugin`: a program of the repository does it.
     */
    why: z.enum(['no-check-mode', 'check-mode-false', 'left-out', 'own-plugin']),
    /** True when its module changes nothing, or it says so of itself. */
    looksOnly: z.boolean().optional(),
  }),
  z.object({ type: z.literal('stats'), at: z.number(), hosts: z.record(z.string(), counts) }),
]);

export type PlaybookEvent = z.infer<typeof playbookEventSchema>;

/** How often a host ended a task in which way, as Ansible's own recap counts. */
export type HostCounts = z.infer<typeof counts>;
