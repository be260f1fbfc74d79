import { z } from 'zod';

/** Name of a secret; `secret://` before it makes a reference. */
export const secretNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]$|^[a-z0-9]$/,
    'write lower-case letters, digits, dots and dashes, at most 64',
  );

const variableSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'write the name of an environment variable');

/** Variables that change what a program is or where it runs: no place for a secret. */
const meaningful =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TERM|TZ|LANG|LC_.*|IFS|ENV|BASH_ENV|BASHOPTS|SHELLOPTS|PS\d|PROMPT_COMMAND|NODE_OPTIONS|NODE_PATH|LD_.*|GIT_.*|PYTHON.*|PERL5.*|RUBYOPT|JAVA_TOOL_OPTIONS)$/;

/** Where a secret comes from on each worker, and who may be given it. Without a source: the store of the data folder. */
const secretSchema = z
  .strictObject({
    /** Variable of the worker's environment. */
    env: variableSchema.optional(),
    /** File on the worker's host; a line break at its end does not count. */
    file: z.string().startsWith('/', 'write an absolute path').max(4_096).optional(),
    /** Program and arguments, started without a shell; it prints the secret. */
    command: z.array(z.string().max(4_096)).min(1).max(32).optional(),
    /** Commands of shell and run_tests get it in this variable. Absent: they do not get it. */
    variable: variableSchema
      .refine((name) => !meaningful.test(name), 'programs read that variable as a setting')
      .optional(),
    /** Playbooks of any repository may name it as the password of a vault. Absent: none gets it. */
    vault: z.literal(true).optional(),
    /** Hosts that HTTP tools may send it to, as in `allowedHosts`; empty: none. Where there are any, a model has to be at one, too. */
    hosts: z.array(z.string().min(1).max(255)).max(64).default([]),
  })
  .refine(
    ({ env, file, command }) =>
      [env, file, command].filter((source) => source !== undefined).length < 2,
    'has two sources; keep one of env, file and command',
  );

/** Where a secret comes from and who may be given it. */
export type SecretDeclaration = z.infer<typeof secretSchema>;

/** All secrets by name. */
export const secretsSchema = z
  .record(secretNameSchema, secretSchema)
  .default({})
  .refine((secrets) => {
    const variables = Object.values(secrets).flatMap(({ variable }) => variable ?? []);
    return new Set(variables).size === variables.length;
  }, 'two secrets go into the same variable');
