import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/** Gives the first of the wanted ports that nobody listens on, else one that the system chooses; loopback only. */
export async function choosePort(wanted: readonly number[]): Promise<number> {
  for (const port of wanted) {
    if ((await tryListen(port)) !== undefined) return port;
  }
  const port = await tryListen(0);
  if (port === undefined) throw new Error('the system gives no free port on 127.0.0.1');
  return port;
}

/** True when somebody accepts connections at `host:port`. */
export function isListening(address: string): Promise<boolean> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(address.slice(colon + 1)), timeout: 2_000 });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/**
 * True when somebody else than the process `pid` listens on the port of 127.0.0.1: two instances that start at the same
 * time may have chosen the same free port, and each would take the other's server for its own. Only Linux tells; elsewhere
 * the answer is false.
 */
export function isTakenByAnother(port: number, pid: number): boolean {
  try {
    const sockets = listeningSockets(port);
    if (sockets.length === 0) return false;
    const folder = `/proc/${pid}/fd`;
    const own = new Set(readdirSync(folder).map((name) => linkOf(`${folder}/${name}`)));
    return !sockets.some((inode) => own.has(`socket:[${inode}]`));
  } catch {
    return false;
  }
}

/** What an instance says of a port that somebody took between choice and use; `tryPorts` knows it and chooses again. */
export function addressInUse(port: number): string {
  return `address already in use: another program took port ${port}`;
}

/** Inodes of the sockets that listen on the port, as /proc/net/tcp names them (proc(5): state 0A is LISTEN). */
function listeningSockets(port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return rows.flatMap((row) => {
    const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
    return state === '0A' && inode !== undefined && local?.endsWith(wanted) === true ? [inode] : [];
  });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed since the folder was read.
    return '';
  }
}

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
