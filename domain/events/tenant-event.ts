import type { AuditDraft } from '../audit/audit-record.ts';
import type { Json } from '../json.ts';
import type { TrustLevel } from '../tools/tool-trust.ts';

/** Something that a person or a file changed for a whole installation, and that belongs to no run. New types are only added. */
export type TenantEvent =
  | {
      readonly type: 'kill-switch.stopped' | 'kill-switch.resumed' | 'kill-switch.released';
      readonly data: { readonly scope: string; readonly reason: string };
    }
  | {
      readonly type: 'budget.set' | 'budget.removed' | 'budget.raised';
      readonly data: { readonly budget: string; readonly [field: string]: Json };
    }
  | {
      readonly type: 'trust.changed';
      readonly data: {
        readonly source: string;
        readonly old: TrustLevel;
        readonly new: TrustLevel;
      };
    }
  | {
      readonly type: 'lock.broken';
      readonly data: {
        readonly name: string;
        /** Grants that it ended. */
        readonly fences: readonly number[];
        /** Number of the lock since then. */
        readonly fence: number;
        readonly reason: string;
        readonly decisionId: string;
      };
    }
  | {
      readonly type: 'permission.refused';
      /** What somebody asked for without the role that it takes. */
      readonly data: { readonly act: string; readonly takes: string };
    };

/** What the audit keeps of an event: names only. `digest` is the hash of what was set, empty where nothing was. */
export function auditOfTenantEvent(
  event: TenantEvent,
  { actor, digest }: { readonly actor: string; readonly digest: string },
): AuditDraft {
  const subject = subjectOf(event);
  const decision =
    event.type === 'trust.changed' ? event.data.new : event.type.slice(event.type.indexOf('.') + 1);
  return { kind: event.type, actor, subject, digest, decision };
}

function subjectOf(event: TenantEvent): string {
  switch (event.type) {
    case 'kill-switch.stopped':
    case 'kill-switch.resumed':
    case 'kill-switch.released':
      return `kill-switch ${event.data.scope}`;
    case 'budget.set':
    case 'budget.removed':
    case 'budget.raised':
      return `budget ${event.data.budget}`;
    case 'trust.changed':
      return `tool-source ${event.data.source}`;
    case 'lock.broken':
      return `lock ${event.data.name}`;
    case 'permission.refused':
      return event.data.act;
  }
}
