import { FlotillaError } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { vetKubeconfig } from './vet-kubeconfig.js';

const pem = (name: string) => `-----BEGIN ${name}-----\nxx\n-----END ${name}-----\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const cluster = { server: 'https://10.0.0.1:6443/', 'certificate-authority-data': base64(pem('CERTIFICATE')) };

function kubeconfig(user: object, overrides: object = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'k', cluster: { ...cluster, ...overrides } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    users: [{ name: 'u', user }],
  });
}
function codeOf(text: string): string {
  try {
    vetKubeconfig(text);
    return 'none';
  } catch (error) {
    return error instanceof FlotillaError ? error.code : String(error);
  }
}

describe('vetKubeconfig', () => {
  it('takes a token', () =>
    expect(vetKubeconfig(kubeconfig({ token: 'abc' }))).toEqual({ server: 'https://10.0.0.1:6443', ca: pem('CERTIFICATE'), token: 'abc' }));
  it('takes an inline client certificate', () => {
    expect(
      vetKubeconfig(kubeconfig({ 'client-certificate-data': base64(pem('CERTIFICATE')), 'client-key-data': base64(pem('PRIVATE KEY')) })).clientCertificate,
    ).toEqual({ cert: pem('CERTIFICATE'), key: pem('PRIVATE KEY') });
  });
  it.each<[string, string, string]>([
    ['exec', kubeconfig({ exec: { command: 'aws' } }), 'kubeconfig-exec'],
    ['auth provider', kubeconfig({ 'auth-provider': { name: 'oidc' }, token: 'x' }), 'kubeconfig-exec'],
    ['token file', kubeconfig({ tokenFile: '/etc/passwd' }), 'kubeconfig-file-path'],
    ['certificate file', kubeconfig({ 'client-certificate': 'x', 'client-key-data': 'x' }), 'kubeconfig-file-path'],
    ['CA file', kubeconfig({ token: 'x' }, { 'certificate-authority': '/x' }), 'kubeconfig-file-path'],
    ['skipped TLS', kubeconfig({ token: 'x' }, { 'insecure-skip-tls-verify': true }), 'kubeconfig-insecure'],
    ['proxy', kubeconfig({ token: 'x' }, { 'proxy-url': 'http://p' }), 'kubeconfig-invalid'],
    ['plain http', kubeconfig({ token: 'x' }, { server: 'http://x' }), 'kubeconfig-invalid'],
    ['no CA', kubeconfig({ token: 'x' }).replace(/ +certificate-authority-data.*\n/, ''), 'kubeconfig-invalid'],
    ['impersonation', kubeconfig({ token: 'x', as: 'root' }), 'kubeconfig-invalid'],
    ['password', kubeconfig({ username: 'x', password: 'y' }), 'kubeconfig-invalid'],
    ['no credentials', kubeconfig({}), 'kubeconfig-invalid'],
    ['header injection', kubeconfig({ token: 'a\r\nX: y' }), 'kubeconfig-invalid'],
    ['no context', kubeconfig({ token: 'x' }).replace('current-context: c', 'current-context: z'), 'kubeconfig-invalid'],
    ['not YAML', 'a: [', 'kubeconfig-invalid'],
    ['not a mapping', 'text', 'kubeconfig-invalid'],
  ])('refuses %s', (_, text, code) => expect(codeOf(text)).toBe(code));
  it('checks users that the current context does not use', () => {
    expect(codeOf(kubeconfig({ token: 'x' }).replace('users:\n', 'users:\n  - name: other\n    user:\n      exec:\n        command: x\n'))).toBe(
      'kubeconfig-exec',
    );
  });
  it('does not repeat what it read', () => {
    try {
      vetKubeconfig('token: secret-word\n\tbroken: [');
    } catch (error) {
      expect(String(error)).not.toContain('secret-word');
    }
  });
});
