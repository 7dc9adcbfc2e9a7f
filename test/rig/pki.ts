import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOutput } from './command.js';

const DAYS = '30';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Certificate and private key, PEM, with the files that hold them. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly organization?: string;
  /** `DNS:name` and `IP:address` entries; a certificate with them is a server's, one without is a client's. */
  readonly altNames?: readonly string[];
}

/** A certificate authority that lives in a folder. */
export class CertificateAuthority {
  readonly pair: KeyPair;
  private readonly folder: string;

  private constructor(folder: string, pair: KeyPair) {
    this.folder = folder;
    this.pair = pair;
  }

  static async create(folder: string, commonName: string): Promise<CertificateAuthority> {
    const keyFile = join(folder, 'ca.key');
    const certificateFile = join(folder, 'ca.crt');
    await commandOutput('openssl', [
      ...['req', '-x509', ...NEW_KEY, '-days', DAYS, '-subj', `/CN=${commonName}`],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature', '-keyout', keyFile, '-out', certificateFile],
    ]);
    return new CertificateAuthority(folder, readPair(certificateFile, keyFile));
  }

  /** The certificate, PEM. */
  get certificate(): string {
    return this.pair.certificate;
  }

  /** SHA-256 of the certificate's DER form, lower-case hex. */
  get fingerprint(): string {
    return createHash('sha256').update(new X509Certificate(this.pair.certificate).raw).digest('hex');
  }

  /** Signs a new key pair; `name` is the base name of its files. */
  async issue(name: string, request: CertificateRequest): Promise<KeyPair> {
    const at = (extension: string) => join(this.folder, `${name}.${extension}`);
    const subject = `${request.organization === undefined ? '' : `/O=${request.organization}`}/CN=${request.commonName}`;
    await commandOutput('openssl', ['req', '-new', ...NEW_KEY, '-subj', subject, '-keyout', at('key'), '-out', at('csr')]);
    const usage = request.altNames === undefined ? 'clientAuth' : 'serverAuth';
    const altNames = request.altNames === undefined ? '' : `subjectAltName=${request.altNames.join(',')}\n`;
    writeFileSync(at('ext'), `basicConstraints=CA:FALSE\nextendedKeyUsage=${usage}\n${altNames}`);
    await commandOutput('openssl', [
      ...['x509', '-req', '-in', at('csr'), '-CA', this.pair.certificateFile, '-CAkey', this.pair.keyFile, '-CAcreateserial'],
      ...['-days', DAYS, '-extfile', at('ext'), '-out', at('crt')],
    ]);
    return readPair(at('crt'), at('key'));
  }
}

function readPair(certificateFile: string, keyFile: string): KeyPair {
  return { certificate: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8'), certificateFile, keyFile };
}

/** Writes the key pair that signs and checks ServiceAccount tokens; gives the two files. */
export function writeServiceAccountKeys(folder: string): { readonly privateFile: string; readonly publicFile: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const privateFile = join(folder, 'sa.key');
  const publicFile = join(folder, 'sa.pub');
  writeFileSync(privateFile, privateKey, { mode: 0o600 });
  writeFileSync(publicFile, publicKey);
  return { privateFile, publicFile };
}
