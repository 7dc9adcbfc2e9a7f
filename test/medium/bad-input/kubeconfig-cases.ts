import { type BadInput, request } from './refusal.js';
import { secretWord } from './scene.js';

const certificate = Buffer.from('-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n').toString('base64');

/** One that the hub takes, but for what is laid over it. */
export function kubeconfig(user: object = { token: secretWord }, cluster: object = {}, over: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'k', cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': certificate, ...cluster } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    users: [{ name: 'u', user }],
    ...over,
  });
}

const flatten = /kubectl config view --raw --flatten/;
/** Both routes that take a kubeconfig. */
const sent = (title: string, code: string, says: RegExp, text: string): BadInput[] =>
  ['bootstrap', 'check'].map((route) =>
    request(`${title}, for a ${route}`, code, says, ({ hub, registered }) =>
      hub.admin().post(`/api/v1/clusters/${registered.id}/${route}`).send({ kubeconfig: text }),
    ),
  );

export const wrongKubeconfigs: BadInput[] = [
  ...sent('a text that is none', 'kubeconfig-invalid', flatten, 'nonsense'),
  ...sent('YAML that cannot be read', 'kubeconfig-invalid', flatten, `a: [${secretWord}`),
  ...sent('one without a current context', 'kubeconfig-invalid', flatten, kubeconfig(undefined, {}, { 'current-context': 'elsewhere' })),
  ...sent('a server without TLS', 'kubeconfig-invalid', flatten, kubeconfig(undefined, { server: 'http://127.0.0.1:1' })),
  ...sent('no CA', 'kubeconfig-invalid', /give the CA/, kubeconfig(undefined, { 'certificate-authority-data': undefined })),
  ...sent('no credentials', 'kubeconfig-invalid', /kubectl create token/, kubeconfig({})),
  ...sent('a password', 'kubeconfig-invalid', /give a token/, kubeconfig({ username: 'admin', password: secretWord })),
  ...sent('impersonation', 'kubeconfig-invalid', /give the credentials of that user/, kubeconfig({ token: secretWord, as: 'root' })),
  ...sent('a proxy', 'kubeconfig-invalid', /remove proxy-url/, kubeconfig(undefined, { 'proxy-url': 'http://127.0.0.1:1' })),
  ...sent('TLS not verified', 'kubeconfig-insecure', /give certificate-authority-data/, kubeconfig(undefined, { 'insecure-skip-tls-verify': true })),
  ...sent('a server at a metadata address', 'outbound-blocked', /FLOTILLA_OUTBOUND_ALLOW/, kubeconfig(undefined, { server: 'https://169.254.169.254' })),
  ...sent('a server in a private range', 'outbound-blocked', /FLOTILLA_OUTBOUND_ALLOW/, kubeconfig(undefined, { server: 'https://10.0.0.1' })),
];

export const kubeconfigsWithPrograms: BadInput[] = [
  ...sent('exec', 'kubeconfig-exec', /kubectl create token/, kubeconfig({ exec: { command: 'touch', args: ['/tmp/owned'] } })),
  ...sent('an auth provider', 'kubeconfig-exec', /kubectl create token/, kubeconfig({ 'auth-provider': { name: 'gcp' } })),
  ...sent(
    'exec of a user that the context does not use',
    'kubeconfig-exec',
    /kubectl create token/,
    kubeconfig(
      undefined,
      {},
      {
        users: [
          { name: 'u', user: { token: secretWord } },
          { name: 'other', user: { exec: { command: 'touch' } } },
        ],
      },
    ),
  ),
];

export const kubeconfigsWithFiles: BadInput[] = [
  ...sent('a token file', 'kubeconfig-file-path', flatten, kubeconfig({ tokenFile: '/etc/passwd' })),
  ...sent('a certificate file', 'kubeconfig-file-path', flatten, kubeconfig({ 'client-certificate': '/etc/passwd', 'client-key': '/etc/passwd' })),
  ...sent('a CA file', 'kubeconfig-file-path', flatten, kubeconfig(undefined, { 'certificate-authority': '/etc/passwd' })),
];
