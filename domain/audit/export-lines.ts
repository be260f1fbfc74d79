import type { AuditCheckpoint, AuditKind, AuditRecord } from './audit-record.ts';
import { csvLine } from './csv.ts';

/** Formats of an export: JSON lines, comma-separated values (RFC 4180), and ArcSight's Common Event Format, version 0. */
export const exportFormats = ['jsonl', 'csv', 'cef'] as const;

export type ExportFormat = (typeof exportFormats)[number];

/** Writes records and checkpoints as lines of one format, each ended by a line break. */
export interface LineWriter {
  /** What stands before the first record; may be empty. */
  readonly head: string;
  readonly record: (record: AuditRecord) => string;
  readonly checkpoint: (checkpoint: AuditCheckpoint) => string;
}

/** The writer of a format; `version` is that of the program, which CEF names. */
export function lineWriter(format: ExportFormat, version: string): LineWriter {
  switch (format) {
    case 'jsonl':
      return {
        head: '',
        record: (record) => `${JSON.stringify({ type: 'record', ...record })}\n`,
        checkpoint: (checkpoint) => `${JSON.stringify({ type: 'checkpoint', ...checkpoint })}\n`,
      };
    case 'csv':
      return {
        head: csvLine(columns),
        record: (record) => csvLine(cellsOf({ ...record, type: 'record' })),
        checkpoint: (checkpoint) => csvLine(cellsOf({ ...checkpoint, type: 'checkpoint' })),
      };
    case 'cef':
      return {
        head: '',
        record: (record) => recordAsCef(record, version),
        checkpoint: (checkpoint) => checkpointAsCef(checkpoint, version),
      };
  }
}

const columns = [
  'type',
  'seq',
  'tenant',
  'at',
  'actor',
  'kind',
  'runId',
  'subject',
  'digest',
  'decision',
  'prevHash',
  'hash',
  'keyId',
  'signature',
] as const;

function cellsOf(fields: { readonly [column: string]: unknown }): readonly string[] {
  return columns.map((column) => {
    const value = fields[column];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  });
}

/** How much a person should care, 0 to 10 (CEF: 0-3 low, 4-6 medium, 7-8 high, 9-10 very high). */
const severities: { readonly [kind in AuditKind]?: number } = {
  'security.event': 8,
  'policy.denied': 6,
  'effect.unknown': 7,
  'effect.failed': 5,
  'message.refused': 5,
  'budget.exceeded': 5,
  'run.stopped': 4,
  'definition.changed': 4,
  'definition.removed': 4,
};
const ordinary = 2;

function recordAsCef(record: AuditRecord, version: string): string {
  const { kind, decision } = record;
  return cefLine(version, [kind, decision === undefined ? kind : `${kind} ${decision}`], {
    severity: severities[kind] ?? ordinary,
    extension: {
      rt: String(Date.parse(record.at)),
      externalId: String(record.seq),
      suser: record.actor,
      act: decision,
      outcome: decision,
      cs1Label: 'tenant',
      cs1: record.tenant,
      cs2Label: 'runId',
      cs2: record.runId,
      cs3Label: 'subject',
      cs3: record.subject,
      cs4Label: 'digest',
      cs4: record.digest,
      cs5Label: 'prevHash',
      cs5: record.prevHash,
      cs6Label: 'hash',
      cs6: record.hash,
    },
  });
}

function checkpointAsCef(checkpoint: AuditCheckpoint, version: string): string {
  return cefLine(version, ['audit.checkpoint', 'signed end of the chain'], {
    severity: ordinary,
    extension: {
      rt: String(Date.parse(checkpoint.at)),
      externalId: String(checkpoint.seq),
      cs1Label: 'tenant',
      cs1: checkpoint.tenant,
      cs4Label: 'keyId',
      cs4: checkpoint.keyId,
      cs5Label: 'signature',
      cs5: checkpoint.signature,
      cs6Label: 'hash',
      cs6: checkpoint.hash,
    },
  });
}

function cefLine(
  version: string,
  [signature, name]: readonly [string, string],
  {
    severity,
    extension,
  }: {
    readonly severity: number;
    readonly extension: { readonly [key: string]: string | undefined };
  },
): string {
  const header = ['CEF:0', 'Holdfast', 'holdfast', version, signature, name, String(severity)];
  const pairs = Object.entries(extension).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [`${key}=${escapeValue(value)}`],
  );
  return `${header.map((part) => escapeHeader(part)).join('|')}|${pairs.join(' ')}\n`;
}

/** In the header a bar and a backslash are escaped, and there is no line break. */
function escapeHeader(text: string): string {
  return text.replaceAll(/[\\|]/g, String.raw`\$&`).replaceAll(/[\r\n]+/g, ' ');
}

/** In the extension an equals sign and a backslash are escaped, and a line break is written as `\n`. */
function escapeValue(text: string): string {
  return text
    .replaceAll(/[\\=]/g, String.raw`\$&`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\n', String.raw`\n`);
}
