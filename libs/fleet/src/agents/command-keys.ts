import { Injectable } from '@nestjs/common';
import type { CommandClaims } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { calculateJwkThumbprint, CompactSign, type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { SecretBox } from '../secrets/index.js';

const settingName = 'command-keys';

interface StoredKeys {
  /** the newest is last and signs */
  keys: { kid: string; publicJwk: JWK; secretId: string }[];
}

/** Public keys an agent checks commands with. */
export interface CommandKeySet {
  keys: (JWK & { kid: string; alg: 'ES256'; use: 'sig' })[];
}

/** The hub's own ES256 keys, which sign commands: one pair for all replicas, made at first use, its private half sealed. */
@Injectable()
export class CommandKeys {
  private loaded: Promise<{ set: CommandKeySet; kid: string; key: CryptoKey }> | null = null;

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
  ) {}

  /** The JWKS handed to agents. */
  async jwks(): Promise<CommandKeySet> {
    return (await this.load()).set;
  }

  /** The command as a compact JWS (ES256), as agents take it. */
  async sign(claims: CommandClaims): Promise<string> {
    const { kid, key } = await this.load();
    return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
  }

  private load(): NonNullable<typeof this.loaded> {
    this.loaded ??= this.read().catch((error: unknown) => {
      this.loaded = null;
      throw error;
    });
    return this.loaded;
  }

  private async read(): Promise<{ set: CommandKeySet; kid: string; key: CryptoKey }> {
    const { keys } = await this.database.transaction(async () => (await this.stored()) ?? (await this.make()));
    const newest = keys.at(-1);
    if (!newest) throw new Error('the setting command-keys holds no key');
    const key = await importJWK(await this.secrets.get<JWK>(newest.secretId), 'ES256');
    if (key instanceof Uint8Array) throw new Error('the stored command key is not an EC key');
    return { set: { keys: keys.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, alg: 'ES256', use: 'sig' })) }, kid: newest.kid, key };
  }

  private async stored(): Promise<StoredKeys | undefined> {
    // one replica makes the pair, the others wait for it
    await this.database.query(`select 1 as ok from pg_advisory_xact_lock(hashtextextended('flotilla-command-keys', 0))`);
    const [row] = await this.database.query<{ value: StoredKeys }>('select value from setting where name = $1', [settingName]);
    return row?.value;
  }

  private async make(): Promise<StoredKeys> {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const publicJwk = await exportJWK(pair.publicKey);
    const secretId = await this.secrets.put('command-key', await exportJWK(pair.privateKey));
    const value: StoredKeys = { keys: [{ kid: await calculateJwkThumbprint(publicJwk), publicJwk, secretId }] };
    await this.database.query('insert into setting (name, value, updated_at) values ($1, $2::jsonb, clock_timestamp()) returning 1 as ok', [
      settingName,
      JSON.stringify(value),
    ]);
    return value;
  }
}
