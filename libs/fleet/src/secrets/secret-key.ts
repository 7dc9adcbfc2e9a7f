import { readFileSync } from 'node:fs';

const keyBytes = 32;

/** The key that seals data keys: 32 bytes in base64, given itself or as the file that holds it. @throws when it is not that */
export function readSecretKey(config: { FLOTILLA_SECRET_KEY: string; FLOTILLA_SECRET_KEY_FILE: string }): Buffer {
  const text = config.FLOTILLA_SECRET_KEY || (config.FLOTILLA_SECRET_KEY_FILE && readFileSync(config.FLOTILLA_SECRET_KEY_FILE, 'utf8'));
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== keyBytes) throw new Error('the secret key must be 32 bytes in base64; make one with: openssl rand -base64 32');
  return key;
}
