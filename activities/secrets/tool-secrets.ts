import { HoldfastError } from '../../domain/failures.ts';
import { referredSecrets, withSecrets } from '../../domain/secrets/secret-reference.ts';
import { hostStanding } from '../tools/http/host-list.ts';
import { placeOf } from '../tools/http/safe-request.ts';
import { ToolError } from '../tools/tool.ts';
import type { ToolSecrets } from '../tools/tool-secrets.ts';
import { SecretSnapshot } from './secret-snapshot.ts';

/** Gives secrets to tools: to commands what the settings say, to requests what their headers refer to. */
export function createToolSecrets(snapshot: () => Promise<SecretSnapshot>): ToolSecrets {
  return {
    forCommand: async () => {
      const secrets = await snapshot();
      const pairs = secrets.forCommands.map(
        ({ name, variable }) => [variable, name, valueOf(secrets, name)] as const,
      );
      return {
        granted: pairs.map(([variable, name]) => `${variable}=secret://${name}`).toSorted(),
        environment: Object.fromEntries(pairs.map(([variable, , value]) => [variable, value])),
      };
    },
    forHeaders: async (headers, url) => {
      const names = [...new Set(Object.values(headers).flatMap((text) => referredSecrets(text)))];
      if (names.length === 0) return { granted: [], headers };
      const secrets = await snapshot();
      for (const name of names) checkHost(secrets, name, url);
      const filled = Object.entries(headers).map(([header, text]) => [
        header,
        withSecrets(text, (name) => headerValue(valueOf(secrets, name), name)),
      ]);
      return {
        granted: names.map((name) => `secret://${name}`).toSorted(),
        headers: Object.fromEntries(filled),
      };
    },
  };
}

/** For installations without secrets. */
export const noToolSecrets: ToolSecrets = createToolSecrets(() =>
  Promise.resolve(new SecretSnapshot([])),
);

function valueOf(secrets: SecretSnapshot, name: string): string {
  try {
    return secrets.value(name);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw new ToolError(error.code, error.message);
  }
}

/** SAFETY: a model chooses header and host, so the secret itself says where it may go. */
function checkHost(secrets: SecretSnapshot, name: string, url: URL): void {
  // A name that does not exist is told as missing, not as forbidden.
  valueOf(secrets, name);
  if (hostStanding(secrets.hostsOf(name), placeOf(url)) !== 'absent') return;
  throw new ToolError('access_denied', `the secret ${name} may not be sent to ${url.host}`);
}

function headerValue(value: string, name: string): string {
  if (/^[\t\u0020-\u007E]*$/.test(value)) return value;
  throw new ToolError('execution_error', `the secret ${name} does not fit into a header`);
}
