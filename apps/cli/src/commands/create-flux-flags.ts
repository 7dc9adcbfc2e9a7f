import { type FluxCreateCommand, labelFlag } from '@flotilla/domain';
import { type Command, Option } from 'commander';
import { type RefusedFlag, RefusedFlagError, withRefusedFlags } from './refused-flags.js';

/** Flags of flux about the cluster it would create the object in; it takes and ignores them with --export. */
const clusterFlags: Readonly<Record<string, string | undefined>> = {
  kubeconfig: 'file',
  context: 'name',
  user: 'name',
  server: 'url',
  token: 'token',
  as: 'user',
  'as-group': 'group',
  'as-uid': 'uid',
  'as-user-extra': 'key=value',
  'certificate-authority': 'file',
  'client-certificate': 'file',
  'client-key': 'file',
  'tls-server-name': 'name',
  'insecure-skip-tls-verify': undefined,
  'cache-dir': 'directory',
  'disable-compression': undefined,
  'kube-api-qps': 'number',
  'kube-api-burst': 'number',
};
/** Flags that every `flux create` takes and only some kinds have. */
const everyKind: Readonly<Record<string, string>> = { interval: 'duration' };

const refused: readonly RefusedFlag[] = [{ name: 'ns-follows-kube-context', why: 'no kubeconfig is read', instead: 'name the namespace with --namespace' }];

/** Makes the flags known that flux takes on every `create`, besides those of the kind. */
export function withFluxGlobals(command: Command, described: FluxCreateCommand): Command {
  const names = new Set([...described.flags, labelFlag].map(({ name }) => name));
  for (const [name, value] of Object.entries({ ...everyKind, ...clusterFlags }))
    if (!names.has(name)) command.addOption(new Option(`--${name}${value === undefined ? '' : ` <${value}>`}`, 'as in flux, without effect here').hideHelp());
  return withRefusedFlags(command, refused).addHelpText(
    'after',
    '\nFlags of flux about the cluster (--kubeconfig, --context, --token, --as, ...) do nothing with --export, as in flux, and are refused with --cluster.',
  );
}

/** What cannot be meant where the object is committed: flags about the cluster, and those that make a Secret. Throws RefusedFlagError. */
export function refuseForCommit(command: Command, described: FluxCreateCommand): void {
  if (described.kind === 'secret')
    throw new RefusedFlagError('--cluster', 'secrets do not go to Git; print the Secret with --export, and encrypt it or apply it to the cluster yourself');
  const given = (name: string) => {
    const option = command.options.find(({ long }) => long === `--${name}`);
    const value = option === undefined ? undefined : command.opts<Record<string, unknown>>()[option.attributeName()];
    return value !== undefined && value !== false;
  };
  const names = new Set(described.flags.map(({ name }) => name));
  const secret = (described.secretFlags ?? []).find(({ name }) => given(name) && name !== 'silent');
  if (secret)
    throw new RefusedFlagError(
      `--${secret.name}`,
      'it makes a Secret, and secrets do not go to Git; make the Secret in the cluster (flux create secret …, or an encrypted one) and name it with --secret-ref',
    );
  const cluster = Object.keys(clusterFlags).find((name) => !names.has(name) && given(name));
  if (cluster !== undefined)
    throw new RefusedFlagError(`--${cluster}`, 'with --cluster the object is committed to Git and no API server is called; leave it out');
}
