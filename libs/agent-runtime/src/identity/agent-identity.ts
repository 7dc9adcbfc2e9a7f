import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { enrollRequest } from '@flotilla/contracts/agent';
import { z } from 'zod';
import type { IdentityPart, IdentityStore } from './identity-store.js';

const enrolmentSchema = z.object({
  clusterId: z.string(),
  incarnation: z.number().int(),
  state: z.enum(['accepted', 'pending']),
  commandKeys: z.unknown(),
  /** SHA-256 of the token it was made with, hex: another token means joining again */ tokenHash: z.string().exactOptional(),
});
/** What the hub answered to the enrolment of this key. */
export type Enrolment = z.infer<typeof enrolmentSchema>;
export type PublicKey = z.infer<typeof enrollRequest>['publicKey'];

/**
 * The agent's key and what it must remember across restarts. The key is made here, once, and never leaves the store: an agent that dies between
 * making it and enrolling finds it again and goes on.
 */
export class AgentIdentity {
  private constructor(
    private readonly store: IdentityStore,
    private readonly parts: Partial<Record<IdentityPart, string>>,
    /** ES256 private key */
    readonly privateKey: CryptoKey,
    readonly publicKey: PublicKey,
  ) {}

  /** Loads the identity, making and storing a key first when there is none. */
  static async load(store: IdentityStore): Promise<AgentIdentity> {
    const parts = { ...(await store.read()) };
    if (parts['key.json'] === undefined) {
      const pair = await generateKeyPair('ES256', { extractable: true });
      parts['key.json'] = JSON.stringify(await exportJWK(pair.privateKey));
      // before the token is spent with it: a lost key would lock the agent out
      await store.writeDurably(parts);
    }
    const jwk = JSON.parse(parts['key.json']) as JWK;
    const privateKey = await importJWK(jwk, 'ES256');
    if (privateKey instanceof Uint8Array) throw new Error('the stored identity is not an EC key; delete it and join again');
    const publicKey = enrollRequest.shape.publicKey.parse({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y });
    return new AgentIdentity(store, parts, privateKey, publicKey);
  }

  /** The enrolment of this key, or undefined before it. */
  get enrolment(): Enrolment | undefined {
    const text = this.parts['enrolment.json'];
    return text === undefined ? undefined : enrolmentSchema.parse(JSON.parse(text));
  }

  async saveEnrolment(enrolment: Enrolment): Promise<void> {
    this.parts['enrolment.json'] = JSON.stringify(enrolment);
    await this.store.write(this.parts);
  }

  /** The command register as it was last saved, a JSON text. */
  get commands(): string | undefined {
    return this.parts['commands.json'];
  }

  async saveCommands(text: string): Promise<void> {
    this.parts['commands.json'] = text;
    await this.store.write(this.parts);
  }
}
