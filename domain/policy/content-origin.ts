import type { CallFacts } from '../tools/facts.ts';
import type { CallOutcome } from '../tools/call-outcome.ts';

/** Where text in the prompt comes from that nobody of this run vouches for. */
export interface ContentOrigin {
  /** `web` an answer of a web server, `remote` words of another machine, `tool` a tool that is not built in. */
  readonly kind: 'web' | 'remote' | 'tool';
  /** Which one, for people: a host with a path, or the name of the tool; at most 100 characters. */
  readonly source: string;
}

/**
 * Tools whose output is first-party: files of the workspace that the user gave, what commands print that run without
 * network, and what people of the run say. Anything else is taken as untrusted, tools that nobody knows included.
 */
const firstParty: ReadonlySet<string> = new Set(
  `read_file list_files find_files search_text write_file edit_file git_status git_diff git_log git_commit git_branch
  shell run_tests find_playbook lint_playbook scaffold_playbook ask_person finish`.split(/\s+/),
);
/** Tools whose output is what other machines say. */
const otherMachines: ReadonlySet<string> = new Set([
  'git_push',
  'preview_playbook',
  'apply_playbook',
]);
/** Outcomes by which nothing came from outside: the text is our own. */
const ownWords: ReadonlySet<string> = new Set(
  `validation_error invalid_argument access_denied policy_denied not_found approval_rejected approval_expired
  digest_mismatch dependency_missing`.split(/\s+/),
);
/** Most origins that are named on one call. */
const maxOrigins = 3;
/** Longest name of a source, in characters. */
const maxSource = 100;

/**
 * The origin of the result of a call; undefined when it is first-party. `arguments` is the text that the model wrote.
 */
export function contentOrigin(
  call: { readonly name: string; readonly arguments: string },
  outcome?: Pick<CallOutcome, 'status' | 'code'>,
): ContentOrigin | undefined {
  if (firstParty.has(call.name)) return undefined;
  const isOwn = outcome?.status === 'denied' || outcome?.status === 'rejected';
  if (isOwn || (outcome?.code !== undefined && ownWords.has(outcome.code))) return undefined;
  if (call.name === 'http_fetch' || call.name === 'http_request')
    return { kind: 'web', source: addressIn(call.arguments) };
  if (otherMachines.has(call.name)) return { kind: 'remote', source: call.name };
  return { kind: 'tool', source: cut(call.name) };
}

/** A message of a conversation, as far as its origin goes. */
export type OriginMessage =
  | { readonly role: 'system' | 'user' }
  | {
      readonly role: 'assistant';
      readonly toolCalls: readonly {
        readonly id: string;
        readonly name: string;
        readonly arguments: string;
      }[];
    }
  | {
      readonly role: 'tool';
      readonly toolCallId: string;
      readonly origin?: ContentOrigin | 'first-party';
    };

/**
 * The origins of untrusted content in a prompt, in words for people, the newest first, at most three; empty when
 * everything in it is first-party. A result without an origin, from a version that wrote none, counts by its tool.
 */
export function untrustedOrigins(messages: readonly OriginMessage[]): readonly string[] {
  const found = new Set<string>();
  let asked: Extract<OriginMessage, { role: 'assistant' }>['toolCalls'] = [];
  for (const message of messages) {
    if (message.role === 'assistant') asked = message.toolCalls;
    if (message.role !== 'tool' || message.origin === 'first-party') continue;
    const call = asked.find(({ id }) => id === message.toolCallId);
    const origin = message.origin ?? (call === undefined ? undefined : contentOrigin(call));
    if (origin === undefined) continue;
    const words = `${kinds[origin.kind]} ${origin.source}`;
    found.delete(words);
    found.add(words);
  }
  return [...found].toReversed().slice(0, maxOrigins);
}

const kinds: { readonly [kind in ContentOrigin['kind']]: string } = {
  web: 'web page',
  remote: 'answer of another machine to',
  tool: 'output of',
};

/** True for a call that sends data out or changes things: what untrusted content must not bring about unasked. */
export function needsTrust({ access, hosts, idle }: CallFacts): boolean {
  if (idle === true) return false;
  return access === 'change' || access === 'destructive' || hosts.length > 0;
}

function addressIn(text: string): string {
  const written = /"url"\s*:\s*"([^"\\\s]*)"/.exec(text)?.[1] ?? '';
  const [, address = ''] = /^https?:\/\/(?:[^/@]*@)?([^?#]*)/i.exec(written) ?? [];
  return address === '' ? 'of an unknown address' : cut(address);
}

function cut(text: string): string {
  const plain = text.replaceAll(/[^\x21-\x7E]+/g, '?');
  return plain.length <= maxSource ? plain : `${plain.slice(0, maxSource - 1)}…`;
}
