import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { identityParts, type IdentityParts, type IdentityStore } from './identity-store.js';

/** Keeps an identity as files of a directory only its owner can read: for an agent that runs as a local process. */
export class DirectoryIdentityStore implements IdentityStore {
  constructor(private readonly directory: string) {}

  async read(): Promise<IdentityParts> {
    return readIdentityDirectory(this.directory);
  }

  async write(parts: IdentityParts): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    for (const part of identityParts) {
      const text = parts[part];
      if (text === undefined) continue;
      const temporary = join(this.directory, `.${part}.new`);
      const file = await open(temporary, 'w', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, join(this.directory, part));
    }
  }

  writeDurably(parts: IdentityParts): Promise<void> {
    return this.write(parts);
  }
}

/** The identity parts found as files of a directory; none when the directory is empty or absent. */
export async function readIdentityDirectory(directory: string): Promise<IdentityParts> {
  const found: Partial<Record<(typeof identityParts)[number], string>> = {};
  for (const part of identityParts) {
    try {
      found[part] = await readFile(join(directory, part), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return found;
}
