import { putAcceptedMatch, putEmbeddings } from '../../storage/administration.ts';
import { readAcceptedMatch, readEmbeddings } from '../../storage/readers.ts';
import type { PlaybooksClient } from '../playbooks-client.ts';
import type { LocalConnection } from './local-connection.ts';
import { requireRole } from './runs/require-role.ts';
import { translated } from './translate-error.ts';

/** What a local installation remembers of matching requests to playbooks. */
export function localPlaybooks(connection: LocalConnection): PlaybooksClient {
  const { db, tenant } = connection;
  return {
    acceptedPlaybook: async (repository, request) =>
      translated('the accepted playbooks', async () =>
        readAcceptedMatch(db, { tenant, repository, request }),
      ),
    acceptPlaybook: async ({ repository, request, playbook }) =>
      translated('the accepted playbooks', async () => {
        await requireRole(connection, 'steer');
        await putAcceptedMatch(db, { tenant, repository, request }, playbook);
      }),
    readEmbeddings: async (model, contents) =>
      translated('the embeddings', async () => readEmbeddings(db, { tenant, model }, contents)),
    keepEmbeddings: async (model, embeddings) =>
      translated('the embeddings', async () => putEmbeddings(db, { tenant, model }, embeddings)),
  };
}
