/** The parts of an agent's identity, each a small JSON text. A part that was never written is absent. */
export const identityParts = ['key.json', 'enrolment.json', 'commands.json'] as const;
export type IdentityPart = (typeof identityParts)[number];
export type IdentityParts = Readonly<Partial<Record<IdentityPart, string>>>;

/** Keeps an agent's identity across restarts. */
export interface IdentityStore {
  read(): Promise<IdentityParts>;
  /** Replaces the whole identity. Resolves when a restarted agent is sure to read it again. */
  writeDurably(parts: IdentityParts): Promise<void>;
  /** Replaces the whole identity. An agent restarted within about a minute may read the one before. */
  write(parts: IdentityParts): Promise<void>;
}

/** Keeps an identity in memory, for as long as the process lives. */
export class MemoryIdentityStore implements IdentityStore {
  constructor(private parts: IdentityParts = {}) {}
  read(): Promise<IdentityParts> {
    return Promise.resolve(this.parts);
  }
  write(parts: IdentityParts): Promise<void> {
    this.parts = { ...parts };
    return Promise.resolve();
  }
  writeDurably(parts: IdentityParts): Promise<void> {
    return this.write(parts);
  }
}
