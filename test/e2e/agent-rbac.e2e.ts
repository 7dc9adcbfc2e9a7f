import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentNames, controlledLabel, renderJoinManifest } from '@flotilla/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type RigCluster } from '../rig/cluster.js';
import { exportDistribution } from '../rig/flux.js';
import { KubeStatusError, type KubeRest } from '../rig/kube-rest.js';
import { waitFor } from '../rig/wait-for.js';

const REFERENCE = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'agent-rbac.md');
const SHA = '0123456789012345678901234567890123456789';

/** One right: `<group>/<resource>[:<name>] <verb>`. */
type Right = string;

interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface RulesReview {
  readonly status: {
    readonly resourceRules: readonly ResourceRule[];
    readonly nonResourceRules: readonly { readonly verbs: readonly string[]; readonly nonResourceURLs?: readonly string[] }[];
  };
}

function rightsOf(rules: readonly ResourceRule[]): Right[] {
  const rights: Right[] = [];
  for (const { verbs, apiGroups = [], resources = [], resourceNames = [] } of rules) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        for (const name of resourceNames.length === 0 ? [''] : resourceNames.map((one) => `:${one}`)) {
          for (const verb of verbs) rights.push(`${group === '' ? 'core' : group}/${resource}${name} ${verb}`);
        }
      }
    }
  }
  return rights;
}

/** What the API server says this identity may do in a namespace. */
async function reviewedRights(api: KubeRest, namespace: string): Promise<Right[]> {
  const review = await api.post<RulesReview>('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  });
  const urls = review.status.nonResourceRules.flatMap(({ verbs, nonResourceURLs = [] }) =>
    nonResourceURLs.flatMap((url) => verbs.map((verb) => `${url} ${verb}`)),
  );
  return [...rightsOf(review.status.resourceRules), ...urls];
}

/** Rights that a section of the reference lists: the rows of the first table after its heading, or after a line that starts with `after`. */
function documentedRights(after: string): Right[] {
  const lines = readFileSync(REFERENCE, 'utf8').split('\n');
  const from = lines.findIndex((line) => line.startsWith(after));
  if (from < 0) throw new Error(`${REFERENCE} has no line that starts with: ${after}`);
  const start = lines.findIndex((line, index) => index > from && line.startsWith('| `'));
  const rules: ResourceRule[] = [];
  for (const line of lines.slice(start)) {
    const [, groups, resources, verbs] = line.split('|').map((cell) => cell.trim());
    if (groups === undefined || resources === undefined || verbs === undefined) break;
    const only = /\(only (.*)\)/.exec(resources)?.[1];
    rules.push({
      apiGroups: groups.split(', ').map((group) => (group === '`core`' ? '' : group.replaceAll('`', ''))),
      resources: resources.replace(/ \(only .*\)/, '').split(', '),
      verbs: verbs.split(', '),
      ...(only === undefined ? {} : { resourceNames: only.replaceAll('`', '').split(', ') }),
    });
  }
  return rightsOf(rules);
}

const sorted = (rights: Iterable<Right>) => [...new Set(rights)].sort();

const api = { source: 'source.toolkit.fluxcd.io/v1', kustomize: 'kustomize.toolkit.fluxcd.io/v1', helm: 'helm.toolkit.fluxcd.io/v2' } as const;

function gitRepository(name: string, labels: Record<string, string>, ref: Record<string, string> = { branch: 'main' }) {
  const metadata = { name, namespace: 'flux-system', labels, annotations: { 'example.invalid/note': 'kept' }, finalizers: ['example.invalid/hold'] };
  return {
    apiVersion: api.source,
    kind: 'GitRepository',
    metadata,
    spec: { interval: '1m', url: 'https://git.example.invalid/fleet.git', secretRef: { name: 'git' }, ref },
  };
}

function kustomization(name: string) {
  const spec = {
    interval: '10m',
    prune: true,
    path: './apps',
    serviceAccountName: 'apps',
    sourceRef: { kind: 'GitRepository', name },
    postBuild: { substitute: { a: 'b' } },
  };
  return { apiVersion: api.kustomize, kind: 'Kustomization', metadata: { name, namespace: 'flux-system' }, spec };
}

const helmRelease = {
  apiVersion: api.helm,
  kind: 'HelmRelease',
  metadata: { name: 'apps', namespace: 'flux-system' },
  spec: { interval: '10m', chart: { spec: { chart: './chart', sourceRef: { kind: 'GitRepository', name: 'apps' } } } },
};

const objects = [
  gitRepository('apps', { [controlledLabel]: 'true' }),
  gitRepository('adopted', {}),
  gitRepository('tagged', { [controlledLabel]: 'true' }, { tag: 'v1' }),
  gitRepository('flux-system', { [controlledLabel]: 'true' }),
  kustomization('apps'),
  kustomization('flux-system'),
  helmRelease,
];

const at = {
  source: (name: string) => `/apis/${api.source}/namespaces/flux-system/gitrepositories/${name}`,
  kustomization: (name: string) => `/apis/${api.kustomize}/namespaces/flux-system/kustomizations/${name}`,
  release: `/apis/${api.helm}/namespaces/flux-system/helmreleases/apps`,
};

const requested = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } } };

/** Merge patches that the agent may make. */
const allowed: readonly (readonly [string, string, unknown])[] = [
  ['a reconcile request on a controlled source', at.source('apps'), requested],
  ['a reconcile request on any other source', at.source('adopted'), requested],
  ['a reconcile request on the root source', at.source('flux-system'), requested],
  ['a reconcile request on a Kustomization', at.kustomization('apps'), requested],
  ['a reconcile request on a HelmRelease', at.release, requested],
  ['suspend of a Kustomization', at.kustomization('apps'), { spec: { suspend: true } }],
  ['resume of a Kustomization', at.kustomization('apps'), { spec: { suspend: false } }],
  ['suspend of a HelmRelease', at.release, { spec: { suspend: true } }],
  ['suspend of a source', at.source('adopted'), { spec: { suspend: true } }],
];

/** Merge patches that the admission policy refuses. */
const refused: readonly (readonly [string, string, unknown])[] = [
  ['a pin of a source without the label', at.source('adopted'), { spec: { ref: { commit: SHA } } }],
  ['a pin of the root source, labelled or not', at.source('flux-system'), { spec: { ref: { commit: SHA } } }],
  ['a pin of a source that follows no branch', at.source('tagged'), { spec: { ref: { commit: SHA } } }],
  ['suspend of the root source', at.source('flux-system'), { spec: { suspend: true } }],
  ['suspend of the root Kustomization', at.kustomization('flux-system'), { spec: { suspend: true } }],
  ['another URL', at.source('apps'), { spec: { url: 'https://elsewhere.example.invalid/evil.git' } }],
  ['another branch', at.source('apps'), { spec: { ref: { branch: 'evil' } } }],
  ['a tag', at.source('apps'), { spec: { ref: { tag: 'v2' } } }],
  ['no reference at all', at.source('apps'), { spec: { ref: null } }],
  ['another Secret', at.source('apps'), { spec: { secretRef: { name: 'other' } } }],
  ['no Secret', at.source('apps'), { spec: { secretRef: null } }],
  ['another path', at.kustomization('apps'), { spec: { path: './evil' } }],
  ['another ServiceAccount', at.kustomization('apps'), { spec: { serviceAccountName: 'admin' } }],
  ['no ServiceAccount', at.kustomization('apps'), { spec: { serviceAccountName: null } }],
  ['another source', at.kustomization('apps'), { spec: { sourceRef: { kind: 'GitRepository', name: 'evil' } } }],
  ['other substitutions', at.kustomization('apps'), { spec: { postBuild: { substitute: { a: 'c' } } } }],
  ['other values of a release', at.release, { spec: { values: { image: 'evil' } } }],
  ['the consent label set', at.source('adopted'), { metadata: { labels: { [controlledLabel]: 'true' } } }],
  ['a label removed', at.source('apps'), { metadata: { labels: { [controlledLabel]: null } } }],
  ['a forced release', at.release, { metadata: { annotations: { 'reconcile.fluxcd.io/forceAt': 'now' } } }],
  ['another annotation set', at.source('apps'), { metadata: { annotations: { 'example.invalid/new': 'x' } } }],
  ['another annotation changed', at.source('apps'), { metadata: { annotations: { 'example.invalid/note': 'changed' } } }],
  ['another annotation removed', at.source('apps'), { metadata: { annotations: { 'example.invalid/note': null } } }],
  ['a finalizer removed', at.source('apps'), { metadata: { finalizers: null } }],
  ['an owner set', at.source('apps'), { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' }] } }],
];

describe('the rights of the agent, on a real API server', () => {
  let cluster: RigCluster;
  let agent: KubeRest;
  let stranger: KubeRest;

  const manifest = (readOnly: boolean) =>
    renderJoinManifest(
      { image: 'example.invalid/flotilla-agent:1', readOnly },
      { hubUrl: 'https://hub.example.invalid', token: 'token', commandKeys: { keys: [] } },
    );

  beforeAll(async () => {
    cluster = await startCluster({ name: 'rbac' });
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], (await exportDistribution()).manifests);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    await cluster.kubectl(['apply', '-f', '-'], manifest(false));
    for (const object of objects) await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(object));
    await cluster.kubectl(['create', 'serviceaccount', 'stranger', '-n', 'default']);
    agent = cluster.api.as(await cluster.serviceAccountToken(agentNames.namespace, agentNames.serviceAccount));
    stranger = cluster.api.as(await cluster.serviceAccountToken('default', 'stranger'));
    // until the policy is in force a probe gets through, so each asks for something new, and the objects are put right afterwards
    let probes = 0;
    await waitFor('the admission policy', async () => {
      probes += 1;
      const error = await agent
        .patch(at.source('apps'), { spec: { url: `https://elsewhere.example.invalid/${probes}.git` } })
        .catch((failure: unknown) => failure);
      return error instanceof KubeStatusError && error.status === 422;
    });
    for (const object of objects) await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  });

  afterAll(async () => {
    await cluster?.stop();
  });

  /** What the agent may do beyond every other ServiceAccount. */
  async function ownRights(namespace: string): Promise<Right[]> {
    const common = new Set(await reviewedRights(stranger, namespace));
    return sorted((await reviewedRights(agent, namespace)).filter((right) => !common.has(right)));
  }

  const everywhere = () => documentedRights('## In the whole cluster');

  it('are what the reference lists, in each namespace, and nothing else', async () => {
    expect(await ownRights('default')).toEqual(sorted(everywhere()));
    for (const namespace of ['flux-system', agentNames.namespace]) {
      expect(await ownRights(namespace)).toEqual(sorted([...everywhere(), ...documentedRights(`## In namespace \`${namespace}\``)]));
    }
  });

  it('do not include reading a Secret, not even its own, nor writing another', async () => {
    const secrets = `/api/v1/namespaces/${agentNames.namespace}/secrets`;
    for (const path of ['/api/v1/secrets', secrets, `${secrets}/${agentNames.identitySecret}`, `${secrets}/${agentNames.joinSecret}`]) {
      await expect(agent.get(path)).rejects.toMatchObject({ status: 403 });
    }
    await agent.patch(`${secrets}/${agentNames.identitySecret}`, { stringData: { key: 'own' } });
    await expect(agent.patch(`${secrets}/${agentNames.joinSecret}`, { stringData: { token: 'x' } })).rejects.toMatchObject({ status: 403 });
  });

  it('do not include making or deleting a Flux object', async () => {
    await expect(agent.delete(at.source('apps'))).rejects.toMatchObject({ status: 403 });
    const created = agent.patch(`${at.source('new')}?fieldManager=flotilla-pin&force=true`, gitRepository('new', {}), 'application/apply-patch+yaml');
    await expect(created).rejects.toMatchObject({ status: 403 });
  });

  it.each(allowed)('allow %s', async (_what, path, patch) => {
    await expect(agent.patch(path, patch)).resolves.toMatchObject({ metadata: { namespace: 'flux-system' } });
  });

  it('allow a pin of a controlled source and its release, by server-side apply', async () => {
    const path = `${at.source('apps')}?fieldManager=flotilla-pin`;
    const identity = { apiVersion: api.source, kind: 'GitRepository', metadata: { name: 'apps', namespace: 'flux-system' } };
    const pinned = await agent.patch(path, { ...identity, spec: { ref: { commit: SHA } } }, 'application/apply-patch+yaml');
    expect(pinned.spec).toMatchObject({ ref: { branch: 'main', commit: SHA } });
    const released = await agent.patch(path, identity, 'application/apply-patch+yaml');
    expect(released.spec).toMatchObject({ ref: { branch: 'main' } });
    expect(released.spec).not.toMatchObject({ ref: { commit: SHA } });
  });

  it.each(refused)('refuse %s, which an administrator may do', async (_what, path, patch) => {
    const failure = await agent.patch(path, patch).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(KubeStatusError);
    expect((failure as KubeStatusError).message).toContain('the fleet agent may');
    await cluster.api.patch(`${path}?dryRun=All`, patch);
  });

  it('shrink to reading by a read-only join', async () => {
    await cluster.kubectl(['apply', '-f', '-'], manifest(true));
    await waitFor('the smaller role', async () => !(await reviewedRights(agent, 'default')).some((right) => right.endsWith(' patch')));
    expect(await ownRights('default')).toEqual(sorted(documentedRights('A read-only join')));
    await expect(agent.patch(at.source('apps'), requested)).rejects.toMatchObject({ status: 403 });
  });
});
