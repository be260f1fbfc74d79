import type {
  NotPreviewedWhy,
  PlaybookDiff,
  PlaybookPreview,
  PreviewEntry,
} from '../../../../domain/playbooks/preview/preview.ts';
import { unpredictable } from '../../../../domain/playbooks/preview/preview.ts';
import type { PlaybookRequest } from '../../../../domain/playbooks/playbook-request-schema.ts';
import { unifiedDiff } from '../../files/unified-diff.ts';

/** Longest difference of one task on one host that is shown, and of all of them. Characters. */
const longestDiff = 8_000;
const longestDetail = 200_000;
/** Most reasons that are handed to policy. */
const mostReasons = 20;

const reasons: { readonly [why in NotPreviewedWhy]: string } = {
  'no-check-mode': 'check mode cannot tell what it does',
  'check-mode-false': 'it says check_mode: false, and was not run',
  'left-out': 'its condition leaves it out in check mode',
  'own-plugin': 'a plugin of the repository does it, and was not run',
};

/** One line about a preview: how much would change where. */
export function summaryOf({ hosts, unreachable, entries }: PlaybookPreview): string {
  const changes = entries.filter(({ kind }) => kind === 'changes').length;
  const open = entries.filter(
    ({ kind, looksOnly }) => kind === 'not-previewed' && looksOnly !== true,
  );
  const fails = entries.filter(({ kind }) => kind === 'fails').length;
  return [
    `${counted(changes, 'change')} on ${counted(hosts.length, 'host')}`,
    ...(open.length === 0 ? [] : [`${open.length} not predictable`]),
    ...(fails === 0 ? [] : [counted(fails, 'failure')]),
    ...(unreachable.length === 0 ? [] : [`unreachable: ${unreachable.join(', ')}`]),
  ].join(', ');
}

/** What a request is, line by line. */
export function requestLines(request: PlaybookRequest): readonly string[] {
  const { playbook, inventories, limit, tags, skipTags, extraVars, startAtTask, become } = request;
  return [
    `playbook   ${playbook}`,
    `inventory  ${inventories.join(', ')}`,
    ...(limit === undefined ? [] : [`limit      ${limit}`]),
    ...(tags === undefined ? [] : [`tags       ${tags.join(', ')}`]),
    ...(skipTags === undefined ? [] : [`skip tags  ${skipTags.join(', ')}`]),
    ...(startAtTask === undefined ? [] : [`begins at  ${startAtTask}`]),
    ...(become === true ? ['become     yes'] : []),
    ...(extraVars === undefined ? [] : [`variables  ${JSON.stringify(extraVars)}`]),
  ];
}

/** A preview as people read it: first what nobody can tell, then host by host what would change. */
export function previewText(preview: PlaybookPreview): string {
  const open = unpredictable(preview);
  const blocks = preview.hosts.map((host) => {
    const own = preview.entries.filter((entry) => entry.host === host);
    const changes = own.filter(({ kind }) => kind === 'changes');
    if (preview.unreachable.includes(host)) return `${host}: does not answer, and is left out`;
    if (changes.length === 0) return `${host}: no change is seen`;
    return [`${host}: ${counted(changes.length, 'change')}`, ...changes.map(changeText)].join('\n');
  });
  const text = [
    summaryOf(preview),
    ...(open.length === 0
      ? []
      : ['', 'not predictable:', ...open.map((entry) => `  ${openLine(entry)}`)]),
    '',
    ...blocks,
  ].join('\n');
  if (text.length <= longestDetail) return text;
  return `${text.slice(0, longestDetail)}\n[${text.length - longestDetail} characters more are not shown; the digest covers them]`;
}

/** Why a preview does not tell everything, for policy: each task once. */
export function openReasons(preview: PlaybookPreview): readonly string[] {
  const lines = new Set(
    unpredictable(preview)
      .filter(({ looksOnly, action }) => looksOnly !== true || isCommand(action))
      .map(({ task, action, kind, why }) =>
        kind === 'fails'
          ? `"${task}" fails in check mode: what comes behind it is not known`
          : `"${task}" (${action}): ${why === undefined ? '' : reasons[why]}`,
      ),
  );
  const all = [...lines];
  if (all.length <= mostReasons) return all;
  return [...all.slice(0, mostReasons), `and ${all.length - mostReasons} more tasks`];
}

/** Modules of tasks that may do anything. */
export function openActions(preview: PlaybookPreview): readonly string[] {
  const open = preview.entries.filter(
    ({ kind, looksOnly, action }) =>
      kind === 'not-previewed' && (looksOnly !== true || isCommand(action)),
  );
  return [...new Set(open.map(({ action }) => action))].toSorted();
}

function isCommand(action: string): boolean {
  return /(?:^|\.)(?:command|shell|raw|script)$/.test(action);
}

function openLine({ host, task, path, kind, why, message, action }: PreviewEntry): string {
  const place = path === undefined ? '' : ` (${path})`;
  if (kind === 'fails') return `${host}: "${task}"${place} fails: ${message ?? 'no message'}`;
  return `${host}: "${task}"${place}, ${action}: ${why === undefined ? '' : reasons[why]}`;
}

function changeText({ task, path, diffs, omitted }: PreviewEntry): string {
  const place = path === undefined ? '' : ` (${path})`;
  const shown = diffs.map(diffText).filter((text) => text !== '');
  const text = shown.join('\n');
  const cut =
    text.length > longestDiff
      ? `${text.slice(0, longestDiff)}\n[cut; the digest covers all of it]`
      : text;
  const more = omitted === undefined ? '' : '\n[more than 64 KB; the digest covers all of it]';
  const body = cut === '' ? '(shows no difference)' : cut;
  return `  ${task}${place}\n${indented(`${body}${more}`)}`;
}

function diffText(diff: PlaybookDiff): string {
  const { before = '', after = '', prepared, before_header: header } = diff;
  if (prepared !== undefined) return prepared;
  const name = (header ?? '').replace(/ \(content\)$/, '').replace(/^\//, '');
  return unifiedDiff(name === '' ? 'state' : name, before, after);
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
