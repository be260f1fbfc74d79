import { readFileSync } from 'node:fs';

/** The operating-system user that PostgreSQL runs as when we are root, which it refuses to be. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Name of that user: the one that distributions use as well. */
export const serverAccountName = 'postgres';

/** Finds the user in `/etc/passwd`; undefined when it is not there. */
export function findServerAccount(passwdFile = '/etc/passwd'): ServerAccount | undefined {
  return parsePasswd(readFileSync(passwdFile, 'utf8'), serverAccountName);
}

/** Reads one user out of the text of a passwd file. Pure. */
export function parsePasswd(text: string, name: string): ServerAccount | undefined {
  const fields = text
    .split('\n')
    .map((line) => line.split(':'))
    .find((line) => line[0] === name);
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  return Number.isInteger(uid) && Number.isInteger(gid) && uid > 0 ? { name, uid, gid } : undefined;
}
