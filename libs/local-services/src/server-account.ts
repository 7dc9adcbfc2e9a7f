import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, renameSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Whom the server runs as: Postgres refuses root, so root hands it to `nobody`; everybody else runs it as themselves. */
export interface ServerAccount {
  uid: number;
  gid: number;
}

/** The account to drop to, or null when this process is not root. */
export function serverAccount(): ServerAccount | null {
  if (process.getuid?.() !== 0) return null;
  const read = (flag: string): number => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout.trim());
  const account = { uid: read('-u'), gid: read('-g') };
  if (!Number.isInteger(account.uid) || account.uid === 0)
    throw new Error('Postgres does not run as root and there is no account "nobody" to run it as; start as a plain user');
  return account;
}

/** Whether others may pass through every folder from `/` down to `directory`. */
function isTraversableByOthers(directory: string): boolean {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/**
 * Where the data may live: `wished`, or, when root runs from a folder that `nobody` cannot reach (a home of mode 0700), a folder of the same
 * name under /var/lib/flotilla.
 */
export function dataDirectoryFor(wished: string, account: ServerAccount | null): string {
  if (account === null || isTraversableByOthers(path.dirname(wished))) return wished;
  return path.join('/var/lib/flotilla', path.resolve(wished).replaceAll('/', '-').slice(1));
}

/** Makes `directory` the account's own, mode 0700. */
export function ownDirectory(directory: string, account: ServerAccount | null): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  if (account && lstatSync(directory).uid !== account.uid) chownSync(directory, account.uid, account.gid);
}

/** The folder of binaries, copied to the system's temporary folder when the account cannot reach the one in node_modules. */
export function reachableBinaries(native: string, account: ServerAccount | null, version: string): string {
  if (account === null || isTraversableByOthers(native)) return native;
  const copy = path.join(os.tmpdir(), `flotilla-postgres-${version}`);
  if (existsSync(copy) && lstatSync(copy).uid === 0) return copy;
  const partial = mkdtempSync(`${copy}.`);
  chmodSync(partial, 0o755);
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  renameSync(partial, copy);
  return copy;
}
