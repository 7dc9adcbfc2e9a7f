import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Something a person must mend; its message says what. */
export class LauncherError extends Error {
  override readonly name = 'LauncherError';
}

export interface Credentials {
  password: string;
  token: string;
}

/** The folder that survives restarts: Postgres, the sealing key, credentials, identities of simulated agents, logs. */
export class DataFolder {
  readonly root: string;

  constructor(root: string) {
    this.root = path.resolve(root);
    try {
      mkdirSync(this.root, { recursive: true, mode: 0o711 });
      // others may pass through (as root, Postgres runs as another account), not look inside
      chmodSync(this.root, 0o711);
      for (const name of ['logs', 'agents', 'git']) mkdirSync(this.at(name), { recursive: true, mode: 0o700 });
      writeFileSync(this.at('.writable'), '');
    } catch (cause) {
      throw new LauncherError(
        `the data folder ${this.root} is not usable (${cause instanceof Error ? cause.message : String(cause)}); mend its rights, or name another with FLOTILLA_DATA_DIR`,
        { cause },
      );
    }
  }

  at(...parts: string[]): string {
    return path.join(this.root, ...parts);
  }

  /** File of the key that seals secrets; made once. */
  secretKeyFile(): string {
    const file = this.at('secret.key');
    if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    return file;
  }

  /** The administrator's password and token; made once, kept in `credentials` (mode 0600). */
  credentials(consoleUrl: string): Credentials {
    const file = this.at('credentials');
    const known = existsSync(file)
      ? parseCredentials(readFileSync(file, 'utf8'))
      : { password: randomBytes(9).toString('base64url'), token: `flt_${randomBytes(24).toString('base64url')}` };
    if (!known) throw new LauncherError(`${file} is not readable as credentials; restore it, or move ${this.root} away to start afresh`);
    writeFileSync(file, credentialLines(consoleUrl, known), { mode: 0o600 });
    chmodSync(file, 0o600);
    return known;
  }
}

/** The lines that `npm start` prints and keeps. */
export function credentialLines(consoleUrl: string, credentials: Credentials): string {
  return `Console: ${consoleUrl}\nLogin: admin / ${credentials.password}\nToken: ${credentials.token}\n`;
}

/** Reads them back; null when they are not there. */
export function parseCredentials(text: string): Credentials | null {
  const password = /^Login: admin \/ (\S+)$/m.exec(text)?.[1];
  const token = /^Token: (\S+)$/m.exec(text)?.[1];
  return password && token ? { password, token } : null;
}
