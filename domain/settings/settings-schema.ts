import { z } from 'zod';

import { budgetSchema } from '../budget/budget-schema.ts';
import { priceFileSchema } from '../budget/price-schema.ts';
import { modelChainSchema } from '../models/model-chain-schema.ts';
import { keyReferenceSchema, modelEntrySchema } from '../models/model-entry-schema.ts';
import { plainWords } from './plain-words.ts';
import { honeytokensSchema } from '../policy/honeytokens/honeytoken-schema.ts';
import { defaultRetention } from '../retention/retention.ts';
import { destinationSchema } from '../notifications/destination-schema.ts';
import { secretsSchema } from '../secrets/secret-schema.ts';

const portSchema = z.int().min(1).max(65_535);

const daysSchema = z.int().min(1).max(36_500);

/** Everything that can be set, as one object; defaults are filled in. */
export const settingsSchema = z.strictObject({
  /** Models that runs may use, by their `key`. */
  models: z.array(modelEntrySchema).default([]),
  /** Key of the model of runs that name none. */
  defaultModel: z.string().min(1).optional(),
  /** Chain of runs that name none; goes before `defaultModel`. */
  modelChain: modelChainSchema.optional(),
  /** Policy profile of runs that name none. */
  policy: z.string().min(1).default('headless-safe-sandbox'),
  /** Folder of the user's policy profiles; `policies` in the data folder when absent. */
  policiesFolder: z.string().min(1).optional(),
  /** Tool calls and model calls that one worker runs at once. */
  maxParallel: z.int().min(1).max(1_000).default(100),
  temporal: z
    .strictObject({
      /** `host:port` of a server that somebody else runs; absent: `up` starts one. */
      address: z
        .string()
        .regex(/^[^\s/]+:\d+$/, 'write host:port')
        .optional(),
      namespace: z.string().min(1).default('default'),
    })
    .prefault({}),
  /** PostgreSQL that somebody else runs; absent: `up` starts one. */
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'write postgresql://user:password@host:port/database')
    .optional(),
  /** Ports that `up` takes when they are free. */
  ports: z
    .strictObject({
      temporal: portSchema.default(7233),
      temporalUi: portSchema.default(8233),
      postgres: portSchema.default(5433),
    })
    .prefault({}),
  /** Hosts that http_fetch, http_request and git_push may ask in runs with network; private addresses only when they are named here. */
  allowedHosts: z.array(z.string().min(1).max(255)).default([]),
  /** Hosts that keep the answer of an Idempotency-Key: a change whose answer was lost is sent again to them. */
  idempotentHosts: z.array(z.string().min(1).max(255)).default([]),
  /** Folders below which git_push may push to local repositories. */
  allowedRepositories: z.array(z.string().startsWith('/', 'write an absolute path')).default([]),
  /** How git_push names itself to servers. */
  gitCredentials: z
    .array(
      z.strictObject({
        host: z.string().min(1).max(255),
        username: z.string().min(1).max(255).default('x-access-token'),
        password: keyReferenceSchema,
      }),
    )
    .default([]),
  /** Keys, addresses and files that no honest run uses; off unless `enabled`. */
  honeytokens: honeytokensSchema.prefault({}),
  /** Passwords and keys by name: where workers find them, and what may be given them. */
  secrets: secretsSchema,
  /** Who is told, and how, that something waits for a person. */
  notifications: z
    .array(destinationSchema)
    .max(16)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      message: 'two destinations have the same name',
    })
    .default([]),
  /** Git repository that gets a commit for each outcome, absolute; absent: none. */
  auditRepository: z.string().startsWith('/', 'write an absolute path').optional(),
  /** What playbooks are run with. */
  ansible: z
    .strictObject({
      /** Inventory files or folders outside of repositories, absolute: how hosts are reached. They are always read. */
      inventories: z
        .array(z.string().startsWith('/', 'write an absolute path'))
        .max(10)
        .default([]),
    })
    .prefault({}),
  /** How the workspaces of runs are kept from being lost with their host. */
  bundles: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Largest workspace that is put into bundles, history included. */
      maxMegabytes: z.int().min(1).max(1_000_000).default(2_048),
      /** Globs of files that no bundle takes, relative to the workspace. */
      exclude: z.array(z.string().min(1).max(512)).max(100).default([]),
    })
    .prefault({}),
  /** What this machine is called where hosts report what they have left; absent: its host name. */
  hostId: z.string().min(1).max(255).optional(),
  /** When new work waits for room. */
  capacity: z
    .strictObject({
      /** Least free capacity of a host, from 0 to 1, at which new runs begin on it; 0: they always begin. */
      threshold: z.number().min(0).max(1).default(0.2),
      /** Time between two looks whether there is room for what waits. */
      pollSeconds: z.int().min(1).max(3_600).default(10),
    })
    .prefault({}),
  /** Locks of hosts, groups, services and repositories. */
  locks: z
    .strictObject({
      /** Longest wait of a call for its locks, in seconds. */
      waitSeconds: z.int().min(1).max(604_800).default(3_600),
    })
    .prefault({}),
  /** How long things are kept, in days. */
  retention: z
    .strictObject({
      conversationsDays: daysSchema.default(defaultRetention.conversationsDays),
      costsDays: daysSchema.default(defaultRetention.costsDays),
      auditDays: daysSchema.default(defaultRetention.auditDays),
      deadLettersDays: daysSchema.default(defaultRetention.deadLettersDays),
    })
    .prefault({}),
  /** Prices that go over the built-in table, in US dollars per million tokens. */
  prices: priceFileSchema.shape.prices.default([]),
  /** Limits on what model calls use, besides the limits of a run. */
  budgets: z
    .array(budgetSchema)
    .default([])
    .refine(
      (budgets) => new Set(budgets.map(({ name }) => name)).size === budgets.length,
      'two budgets have the same name',
    ),
});

export type Settings = z.infer<typeof settingsSchema>;

/** A value that does not fit: where it stands, and what would. `unknownKeys` are not in the schema at all. */
export interface SettingsIssue {
  readonly path: readonly (string | number)[];
  readonly constraint: string;
  readonly unknownKeys: readonly string[];
}

/** Settings that fit, or what does not. */
export type ParsedSettings =
  | { readonly type: 'ok'; readonly settings: Settings }
  | { readonly type: 'refused'; readonly issues: readonly SettingsIssue[] };

/** Checks a whole object of settings and fills in the defaults. */
export function parseSettings(value: unknown): ParsedSettings {
  const parsed = settingsSchema.safeParse(value);
  if (parsed.success) return { type: 'ok', settings: parsed.data };
  const issues = parsed.error.issues.map((issue) => ({
    path: issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
    constraint: plainWords(issue, value),
    unknownKeys: issue.code === 'unrecognized_keys' ? issue.keys : [],
  }));
  return { type: 'refused', issues };
}
