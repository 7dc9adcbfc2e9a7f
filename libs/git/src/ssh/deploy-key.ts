import { generateKeyPairSync, type KeyObject } from 'node:crypto';

export type SshKeyAlgorithm = 'ecdsa' | 'ed25519' | 'rsa';

export interface SshKeyPair {
  /** PKCS #8 PEM, as flux stores it */
  privateKey: string;
  /** one line of authorized_keys, with a final newline */
  publicKey: string;
}

const rsaBits = 2048;

/** A fresh key pair; ECDSA P-384 unless asked otherwise, as `flux bootstrap` makes them. */
export function generateDeployKey(algorithm: SshKeyAlgorithm = 'ecdsa'): SshKeyPair {
  const pair =
    algorithm === 'ecdsa'
      ? generateKeyPairSync('ec', { namedCurve: 'P-384' })
      : algorithm === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: rsaBits });
  return { privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), publicKey: authorizedKey(pair.publicKey, algorithm) };
}

/** RFC 4251 §5 string. */
function sshString(value: Buffer | string): Buffer {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** RFC 4251 §5 mpint of an unsigned big-endian number. */
function sshMpint(bytes: Buffer): Buffer {
  return sshString((bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function authorizedKey(key: KeyObject, algorithm: SshKeyAlgorithm): string {
  const jwk = key.export({ format: 'jwk' });
  const part = (value: unknown) => Buffer.from(String(value), 'base64url');
  // RFC 5656 §3.1, RFC 8709 §4, RFC 4253 §6.6
  const [type, blob] =
    algorithm === 'ecdsa'
      ? [
          'ecdsa-sha2-nistp384',
          Buffer.concat([sshString('ecdsa-sha2-nistp384'), sshString('nistp384'), sshString(Buffer.concat([Buffer.from([4]), part(jwk.x), part(jwk.y)]))]),
        ]
      : algorithm === 'ed25519'
        ? ['ssh-ed25519', Buffer.concat([sshString('ssh-ed25519'), sshString(part(jwk.x))])]
        : ['ssh-rsa', Buffer.concat([sshString('ssh-rsa'), sshMpint(part(jwk.e)), sshMpint(part(jwk.n))])];
  return `${type} ${blob.toString('base64')}\n`;
}
