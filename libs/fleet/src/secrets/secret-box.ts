import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';

export const SECRET_KEY = Symbol('SECRET_KEY');
const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM: iv ‖ tag ‖ ciphertext; `context` is authenticated, so a sealed value moved to another row does not open. */
function seal(key: Buffer, plain: Buffer, context: string): Uint8Array<ArrayBuffer> {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return new Uint8Array(Buffer.concat([iv, cipher.getAuthTag(), sealed]));
}
function open(key: Buffer, sealed: Buffer, context: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes))
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]);
}

/** Secrets at rest: each value under a data key of its own, that key under the hub's (envelope encryption). Values leave only to the code that uses them. */
@Injectable()
export class SecretBox {
  private readonly keyId: string;
  constructor(
    private readonly database: Database,
    @Inject(SECRET_KEY) private readonly key: Buffer,
  ) {
    this.keyId = createHash('sha256').update(key).digest('hex').slice(0, 16);
  }

  /** Stores `value` and gives its id. */
  async put(purpose: string, value: unknown): Promise<string> {
    const id = randomUUID();
    const dataKey = randomBytes(32);
    await this.database.prisma.secret.create({
      data: {
        id,
        purpose,
        keyId: this.keyId,
        sealedKey: seal(this.key, dataKey, id),
        sealed: seal(dataKey, Buffer.from(JSON.stringify(value)), `${id}/${purpose}`),
      },
    });
    return id;
  }

  /** Opens the value. @throws FlotillaError not-found when it is gone, internal when it was sealed by another key */
  async get<T>(id: string): Promise<T> {
    const row = await this.database.prisma.secret.findUnique({ where: { id } });
    if (!row) throw new FlotillaError('not-found', 'the secret is gone; give the credentials again');
    if (row.keyId !== this.keyId)
      throw new FlotillaError('internal', `the secret was sealed by another key (${row.keyId}); start with the key it was made with`);
    const dataKey = open(this.key, Buffer.from(row.sealedKey), id);
    return JSON.parse(open(dataKey, Buffer.from(row.sealed), `${id}/${row.purpose}`).toString()) as T;
  }

  /** Forgets the value; nothing happens when it is gone. */
  async remove(id: string): Promise<void> {
    await this.database.prisma.secret.deleteMany({ where: { id } });
  }
}
