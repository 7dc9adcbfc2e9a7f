import { fluxObject, type FluxCreateCommand, intervalFlag, reference, secretRefFlag } from './create-command.js';
import { FlagError } from './flag-error.js';
import { duration, type Flags, text } from './flags.js';
import type { JsonObject } from './go-yaml.js';

const apiVersion = 'image.toolkit.fluxcd.io/v1';
const orders = ['asc', 'desc'] as const;

const repository: FluxCreateCommand = {
  path: 'image repository',
  summary: 'an ImageRepository',
  flags: [
    text('image', 'repository to scan, e.g. ghcr.io/org/app'),
    secretRefFlag,
    text('cert-ref', 'name of a Secret with TLS certificates'),
    duration('scan-timeout', 'time limit of a scan (default: the interval)'),
    intervalFlag,
  ],
  examples: ['create image repository podinfo --image=ghcr.io/stefanprodan/podinfo --interval=1m --export'],
  build(subject, flags) {
    return [
      fluxObject(apiVersion, 'ImageRepository', subject, {
        image: flags.required('image'),
        interval: flags.interval(),
        timeout: flags.duration('scan-timeout'),
        secretRef: reference(flags.text('secret-ref')),
        certSecretRef: reference(flags.text('cert-ref')),
      }),
    ];
  },
};

function selection(flags: Flags): JsonObject {
  const [semver, alpha, numeric] = [flags.text('select-semver'), flags.text('select-alpha'), flags.text('select-numeric')];
  if ([semver, alpha, numeric].filter((given) => given !== undefined).length !== 1)
    throw new FlagError('select-semver', 'give one of --select-semver, --select-alpha and --select-numeric');
  if (semver !== undefined) return { semver: { range: semver } };
  return alpha === undefined ? { numerical: { order: numeric } } : { alphabetical: { order: alpha } };
}

/** Names used by the pattern must be groups of the expression; numbers are not checked, as in flux. */
function tagFilter(flags: Flags): JsonObject | undefined {
  const pattern = flags.text('filter-regex');
  const extract = flags.text('filter-extract');
  if (pattern === undefined) {
    if (extract !== undefined) throw new FlagError('filter-extract', 'needs --filter-regex');
    return undefined;
  }
  const groups = new Set([...pattern.matchAll(/\(\?P?<([A-Za-z0-9_]+)>/g)].map((match) => match[1]));
  for (const [, braced, bare] of (extract ?? '').replaceAll('$$', '').matchAll(/\$(?:\{(\w+)\}|(\w*))/g)) {
    const name = braced ?? bare ?? '';
    if (name === '') throw new FlagError('filter-extract', 'is malformed');
    if (!/^(0|[1-9]\d*)$/.test(name) && !groups.has(name)) throw new FlagError('filter-extract', `the group $${name} is not in --filter-regex`);
  }
  return { pattern, extract };
}

const policy: FluxCreateCommand = {
  path: 'image policy',
  summary: 'an ImagePolicy',
  flags: [
    text('image-ref', 'name of the ImageRepository'),
    text('select-semver', 'semver range, e.g. 1.x'),
    text('select-alpha', 'alphabetical order: asc takes the last, desc the first', { choices: orders }),
    text('select-numeric', 'numeric order: asc takes the last, desc the first', { choices: orders }),
    text('filter-regex', 'regular expression of the tags to consider'),
    text('filter-extract', 'what to sort by, with groups of the expression'),
    text('reflect-digest', 'when to record the digest', { choices: ['Never', 'IfNotPresent', 'Always'] }),
    duration('interval', 'how often to look for new digests (with --reflect-digest=Always)'),
  ],
  examples: [
    "create image policy podinfo --image-ref=podinfo --select-numeric=asc --filter-regex='^main-[a-f0-9]+-(?P<ts>[0-9]+)' --filter-extract='$ts' --export",
  ],
  build(subject, flags) {
    const reflect = flags.text('reflect-digest');
    const interval = flags.duration('interval');
    if (interval !== undefined && reflect !== 'Always') throw new FlagError('interval', 'needs --reflect-digest=Always');
    return [
      fluxObject(apiVersion, 'ImagePolicy', subject, {
        imageRepositoryRef: reference(flags.required('image-ref')),
        policy: selection(flags),
        filterTags: tagFilter(flags),
        digestReflectionPolicy: reflect,
        interval,
      }),
    ];
  },
};

const update: FluxCreateCommand = {
  path: 'image update',
  summary: 'an ImageUpdateAutomation',
  flags: [
    text('git-repo-ref', 'name of the GitRepository'),
    text('git-repo-namespace', 'namespace of the GitRepository'),
    text('git-repo-path', 'directory to update (default: all)'),
    text('checkout-branch', 'branch to check out'),
    text('push-branch', 'branch to push to (default: the same)'),
    text('commit-template', 'template of commit messages'),
    text('author-name', 'name of the commit author'),
    text('author-email', 'e-mail of the commit author'),
    text('signing-key-secret', 'name of the Secret with the signing key'),
    text('signing-key-type', 'type of the signing key', { choices: ['gpg', 'ssh'] }),
    intervalFlag,
  ],
  examples: [
    'create image update apps --git-repo-ref=apps --git-repo-path="./clusters/prod" --checkout-branch=main --push-branch=updates --author-name=flux --author-email=flux@example.com --commit-template="{{range .Changed.Changes}}{{print .OldValue}}{{end}}" --export',
  ],
  build(subject, flags) {
    const [pushBranch, path, signingSecret, signingType] = [
      flags.text('push-branch'),
      flags.text('git-repo-path'),
      flags.text('signing-key-secret'),
      flags.text('signing-key-type'),
    ];
    if (signingType !== undefined && signingSecret === undefined) throw new FlagError('signing-key-type', 'needs --signing-key-secret');
    const git = {
      checkout: { ref: { branch: flags.required('checkout-branch') } },
      commit: {
        author: { name: flags.required('author-name'), email: flags.required('author-email') },
        messageTemplate: flags.text('commit-template'),
        signingKey: signingSecret === undefined ? undefined : { secretRef: { name: signingSecret }, type: signingType },
      },
      push: pushBranch === undefined ? undefined : { branch: pushBranch },
    };
    return [
      fluxObject(apiVersion, 'ImageUpdateAutomation', subject, {
        sourceRef: { kind: 'GitRepository', name: flags.required('git-repo-ref'), namespace: flags.text('git-repo-namespace') },
        git,
        interval: flags.interval(),
        update: path === undefined ? undefined : { path, strategy: 'Setters' },
      }),
    ];
  },
};

export const imageCommands: readonly FluxCreateCommand[] = [repository, policy, update];
