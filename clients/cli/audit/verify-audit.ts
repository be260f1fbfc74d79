import type { AuditReport } from '../../audit-client.ts';
import type { CommandContext } from '../command-context.ts';
import type { Styles } from '../output/styles.ts';
import { withClient } from '../with-client.ts';

/** Exit code of a chain that is not what it was. */
const exitBroken = 2;

/** Checks the chain and says where it is broken. */
export async function verifyAudit(context: CommandContext, from: number): Promise<void> {
  const { output, setExitCode } = context;
  const report = await withClient(context, (client) => client.audit.verify(from));
  output.result(report, (styles) => reportText(report, styles));
  if (!report.isIntact) setExitCode(exitBroken);
}

function reportText(report: AuditReport, styles: Styles): string {
  const { records, from, to, checkpoints, head, faults } = report;
  const range = records === 0 ? 'no records' : `${records} records, ${from} to ${to}`;
  if (report.isIntact) {
    const end = head === null ? '' : `; it ends with ${head}`;
    return `${styles.good('the chain is intact')}: ${range}, ${checkpoints} checkpoints${end}\n`;
  }
  const lines = faults.map(
    ({ seq, fault, message }) => `  ${seq}  ${styles.bad(fault)}  ${message}`,
  );
  return `${styles.bad('the chain is broken')}: ${range}\n${lines.join('\n')}\n`;
}
