import type {
  AlertResponse,
  ClusterResponse,
  ClusterState,
  CommandResponse,
  CommitResponse,
  DeliveryResponse,
  ExplainResponse,
  FleetRepoResponse,
  FleetSummary,
  LedgerEntryResponse,
  ObjectResponse,
  ObjectStatus,
  OperationResponse,
  RollbackResponse,
} from '@flotilla/contracts';

/** A whole fleet as the hub would answer it; tests change it and the fake API serves it. */
export interface FakeFleet {
  clusters: ClusterResponse[];
  objects: ObjectResponse[];
  commits: CommitResponse[];
  fleetRepos: FleetRepoResponse[];
  ledger: LedgerEntryResponse[];
  alerts: AlertResponse[];
  deliveries: DeliveryResponse[];
  operations: OperationResponse[];
  rollbacks: RollbackResponse[];
  commands: CommandResponse[];
}

export const minute = 60_000;
/** Times count back from the moment the builders run, so that relative times read the same on every run. */
export const ago = (minutes: number): string => new Date(Date.now() - minutes * minute).toISOString();
/** A uuid from a number, the same every time. */
export const idOf = (kind: number, number: number): string =>
  `0192${kind.toString(16).padStart(4, '0')}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
export const shaOf = (number: number): string => (number * 2654435761 + 0x9e3779b9).toString(16).padStart(10, '0').repeat(4).slice(0, 40);

export const head = shaOf(7);
export const previous = shaOf(6);
const bad = head;
export const revisionOf = (sha: string): string => `main@sha1:${sha}`;

export const subjects = [
  'Raise podinfo to 6.9.1',
  'Allow egress to the metrics gateway',
  'Move ingress to gateway API',
  'Pin cert-manager to 1.19',
  'Add PodDisruptionBudgets',
  'Split ring 2 by zone',
  'Raise memory of checkout',
  'Roll checkout to 2.14.0',
];
export const authors = ['Ada Nilsen', 'Jo Park', 'Sam Okafor', 'Mira Lund'];
const regions = ['eu-north', 'eu-west', 'us-east', 'ap-south'];
const rings = ['0', '1', '2'];

export function aFleetRepo(change: Partial<FleetRepoResponse> = {}): FleetRepoResponse {
  return {
    id: idOf(9, 1),
    name: 'fleet',
    provider: 'github',
    url: 'https://github.com/acme/fleet.git',
    branch: 'main',
    apiUrl: null,
    owner: 'acme',
    repository: 'fleet',
    hasCredentials: true,
    head: { revision: revisionOf(head), sha: head, subject: subjects.at(-1) ?? '', author: authors[0] ?? '', committedAt: ago(38) },
    mirroredAt: ago(0.4),
    mirrorError: null,
    createdAt: ago(60 * 24 * 40),
    ...change,
  };
}

export function aCluster(number: number, change: Partial<ClusterResponse> = {}): ClusterResponse {
  const region = regions[number % regions.length] ?? '';
  const ring = rings[Math.floor(number / regions.length) % rings.length] ?? '';
  const name = `${ring === '0' ? 'stage' : 'prod'}-${region}-${Math.floor(number / (regions.length * rings.length)) + 1}${ring === '2' ? 'b' : ''}`;
  return {
    id: idOf(1, number),
    name,
    labels: { region, ring, env: ring === '0' ? 'stage' : 'prod' },
    fleetRepo: { id: idOf(9, 1), name: 'fleet' },
    path: `clusters/${name}`,
    state: 'ready',
    stateSince: ago(31 + (number % 6)),
    stateReason: '',
    revision: revisionOf(head),
    revisionSince: ago(31 + (number % 6)),
    counts: { objects: 14, ready: 14, failing: 0, progressing: 0, suspended: 0 },
    agent: {
      version: '0.1.0',
      kubernetesVersion: 'v1.34.2',
      fluxVersion: 'v2.7.3',
      connected: true,
      readOnly: false,
      incarnation: 1,
      lastReceivedAt: ago(0.1),
      clusterUid: idOf(8, number),
      contested: false,
    },
    divergences: [],
    createdAt: ago(60 * 24 * 30 - number),
    ...change,
  };
}

/** What a cluster in each state says of itself. */
export function inState(cluster: ClusterResponse, state: ClusterState): ClusterResponse {
  const counts = { ...cluster.counts };
  switch (state) {
    case 'failing':
      return {
        ...cluster,
        state,
        revision: null,
        revisionSince: null,
        stateSince: ago(27),
        stateReason: 'Kustomization apps failed in health: Deployment/shop/checkout has 0 of 2 pods scheduled',
        counts: { ...counts, ready: 12, failing: 2 },
      };
    case 'unknown':
      return {
        ...cluster,
        state,
        stateSince: ago(9),
        stateReason: 'Silent for 9 min: two heartbeats were missed.',
        agent: cluster.agent && { ...cluster.agent, connected: false, lastReceivedAt: ago(9) },
      };
    case 'progressing':
      return {
        ...cluster,
        state,
        revision: revisionOf(previous),
        stateSince: ago(1),
        stateReason: 'Kustomization apps is applying',
        counts: { ...counts, ready: 12, progressing: 2 },
      };
    case 'suspended':
      return {
        ...cluster,
        state,
        revision: revisionOf(previous),
        stateSince: ago(600),
        stateReason: 'Kustomization apps is suspended',
        counts: { ...counts, ready: 13, suspended: 1 },
      };
    case 'joining':
      return {
        ...cluster,
        state,
        agent: null,
        revision: null,
        revisionSince: null,
        stateSince: null,
        stateReason: 'No agent has joined yet',
        counts: { objects: 0, ready: 0, failing: 0, progressing: 0, suspended: 0 },
      };
    case 'ready':
      return { ...cluster, state, stateReason: '' };
  }
}

export function anObject(
  cluster: ClusterResponse,
  status: Partial<ObjectStatus> & Pick<ObjectStatus, 'kind' | 'name'>,
  change: Partial<ObjectResponse> = {},
): ObjectResponse {
  const state = change.state ?? 'ready';
  const stale = cluster.state === 'unknown';
  return {
    clusterId: cluster.id,
    cluster: cluster.name,
    state: stale ? 'unknown' : state,
    stage: null,
    reason: 'ReconciliationSucceeded',
    message: `Applied revision: ${revisionOf(head)}`,
    since: ago(31),
    receivedAt: cluster.agent?.lastReceivedAt ?? ago(0.1),
    stale,
    incarnation: 1,
    ...change,
    status: {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      namespace: 'flux-system',
      uid: idOf(7, status.name.length),
      generation: 3,
      observedGeneration: 3,
      resourceVersion: '4711',
      labels: {},
      suspended: false,
      conditions: [
        {
          type: 'Ready',
          status: state === 'failed' ? 'False' : 'True',
          reason: change.reason ?? 'ReconciliationSucceeded',
          message: change.message ?? 'Applied revision',
          observedGeneration: 3,
        },
      ],
      observedAt: ago(0.2),
      ...status,
    },
  };
}

/** The Flux objects of one cluster, as flux and the hub scaffold them, with failures where the cluster fails. */
export function objectsOf(cluster: ClusterResponse): ObjectResponse[] {
  if (cluster.agent === null) return [];
  const failing = cluster.state === 'failing';
  const revision = revisionOf(failing ? bad : head);
  const source = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', revision } as const;
  const workload = (name: string, path: string) => ({
    sourceKind: 'GitRepository',
    sourceNamespace: 'flux-system',
    sourceName: name,
    path,
    checksHealth: true,
    timeoutSeconds: 180,
    dependsOn: [],
  });
  const inventory = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      index % 3 === 0
        ? `shop_checkout-${index}_apps_Deploymentv1`
        : index % 3 === 1
          ? `shop_checkout-${index}__Servicev1`
          : `shop_settings-${index}__ConfigMapv1`,
    );
  const diverged = cluster.divergences[0];
  return [
    anObject(cluster, { ...source, name: 'flux-system', source: { url: 'https://github.com/acme/fleet.git', branch: 'main' } }),
    anObject(cluster, {
      kind: 'Kustomization',
      name: 'flux-system',
      revision,
      workload: workload('flux-system', `./${cluster.path ?? ''}`),
      inventory: inventory(14),
    }),
    anObject(cluster, {
      ...source,
      name: 'fleet',
      owner: 'flux-system/flux-system',
      labels: { 'flotilla.dev/controlled': 'true' },
      source: { url: 'https://github.com/acme/fleet.git', branch: 'main', ...(diverged ? { tag: 'fleet/3' } : {}) },
      ...(diverged ? { revision: diverged.runs } : {}),
    }),
    anObject(
      cluster,
      {
        kind: 'Kustomization',
        name: 'apps',
        owner: 'flux-system/flux-system',
        revision: failing ? revisionOf(previous) : revision,
        attemptedRevision: revision,
        workload: workload('fleet', './apps'),
        inventory: inventory(42),
      },
      failing
        ? {
            state: 'failed',
            stage: 'health',
            reason: 'HealthCheckFailed',
            message:
              'health check failed after 3m0s: timeout waiting for Deployment/shop/checkout: 0 of 2 replicas available, 0/3 nodes are available: 3 Insufficient memory',
            since: ago(27),
          }
        : {},
    ),
    anObject(
      cluster,
      {
        kind: 'Kustomization',
        name: 'infra',
        owner: 'flux-system/flux-system',
        revision,
        workload: { ...workload('fleet', './infra'), checksHealth: false },
        inventory: inventory(9),
      },
      { state: 'applied' },
    ),
    anObject(
      cluster,
      {
        apiVersion: 'helm.toolkit.fluxcd.io/v2',
        kind: 'HelmRelease',
        namespace: 'shop',
        name: 'podinfo',
        owner: 'flux-system/apps',
        revision: '6.9.1',
        workload: { sourceKind: 'HelmRepository', sourceNamespace: 'shop', sourceName: 'podinfo', chart: 'podinfo', checksHealth: true, dependsOn: [] },
      },
      failing
        ? {
            state: 'failed',
            stage: 'upgrade',
            reason: 'UpgradeFailed',
            message: 'Helm upgrade failed for release shop/podinfo with chart podinfo@6.9.1: cannot patch "podinfo" with kind Deployment: field is immutable',
            since: ago(26),
          }
        : { message: 'Helm upgrade succeeded for release shop/podinfo.v12 with chart podinfo@6.9.1' },
    ),
    anObject(cluster, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      namespace: 'shop',
      name: 'podinfo',
      owner: 'flux-system/apps',
      revision: 'sha256:5f2ae1c0',
      source: { url: 'oci://ghcr.io/stefanprodan/charts' },
    }),
    anObject(
      cluster,
      { kind: 'Kustomization', name: 'legacy', revision: revisionOf(previous), suspended: true, workload: workload('fleet', './legacy') },
      { state: 'suspended', message: 'reconciliation is suspended', since: ago(600) },
    ),
    anObject(cluster, { apiVersion: 'notification.toolkit.fluxcd.io/v1beta3', kind: 'Alert', name: 'on-call' }, { state: 'none', reason: '', message: '' }),
    anObject(cluster, { apiVersion: 'notification.toolkit.fluxcd.io/v1beta3', kind: 'Provider', name: 'flotilla' }, { state: 'none', reason: '', message: '' }),
  ];
}

export function explanationOf(cluster: ClusterResponse, revision: string): ExplainResponse {
  if (cluster.state === 'ready' && (cluster.revision ?? '').includes(revision.slice(-40)))
    return { clusterId: cluster.id, cluster: cluster.name, revision, at: true, since: cluster.revisionSince, reasons: [] };
  const apps = { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' };
  const reasons: ExplainResponse['reasons'] =
    cluster.state === 'unknown'
      ? [
          {
            code: 'cluster-silent',
            object: null,
            stage: null,
            message: 'Nothing was heard of the cluster for 9 min; what it runs now is not known.',
            remedy: 'Check that the agent runs: kubectl -n flotilla-system logs deploy/flotilla-agent',
          },
        ]
      : [
          {
            code: 'health-failed',
            object: apps,
            stage: 'health',
            message:
              'Kustomization apps applied the revision, but Deployment shop/checkout never became healthy: 0 of 2 pods could be scheduled, 3 nodes have too little memory.',
            remedy: 'Lower the memory request of checkout, or roll back to the revision before it.',
          },
          {
            code: 'upgrade-failed',
            object: { kind: 'HelmRelease', namespace: 'shop', name: 'podinfo' },
            stage: 'upgrade',
            message: 'HelmRelease podinfo could not be upgraded: the selector of a Deployment cannot be changed.',
            remedy: 'Undo the change of matchLabels, or delete the Deployment so that Helm makes it anew.',
          },
          {
            code: 'suspended',
            object: { ...apps, name: 'legacy' },
            stage: null,
            message: 'Kustomization legacy is suspended and stays at its revision.',
            remedy: 'Resume it when it ought to follow again.',
          },
        ];
  return { clusterId: cluster.id, cluster: cluster.name, revision, at: false, since: null, reasons };
}

export function summaryOf(fleet: FakeFleet): FleetSummary {
  const count = (state: ClusterState) => fleet.clusters.filter((cluster) => cluster.state === state).length;
  const revisions = new Map<string, number>();
  for (const cluster of fleet.clusters) if (cluster.revision !== null) revisions.set(cluster.revision, (revisions.get(cluster.revision) ?? 0) + 1);
  return {
    clusters: fleet.clusters.length,
    states: {
      unknown: count('unknown'),
      failing: count('failing'),
      progressing: count('progressing'),
      suspended: count('suspended'),
      ready: count('ready'),
      joining: count('joining'),
    },
    revisions: [...revisions].map(([revision, clusters]) => ({ revision, clusters })).sort((left, right) => right.clusters - left.clusters),
    head: fleet.fleetRepos[0]?.head?.revision ?? null,
    openRollbacks: fleet.rollbacks.filter((rollback) => rollback.liftedAt === null).length,
    firingAlerts: fleet.alerts.filter((alert) => alert.state === 'firing').length,
    at: new Date().toISOString(),
  };
}

export function aRollback(clusters: readonly ClusterResponse[], change: Partial<RollbackResponse> = {}): RollbackResponse {
  return {
    id: idOf(4, 1),
    number: 3,
    selector: 'ring=2,region=eu-west',
    to: revisionOf(previous),
    sha: previous,
    tag: 'fleet/3',
    method: 'tag',
    state: 'held',
    reason: 'checkout 2.14.0 asks for more memory than the nodes have',
    owner: 'Jo Park',
    createdAt: ago(19),
    liftedAt: null,
    commit: shaOf(8),
    targets: clusters.map((cluster) => ({
      clusterId: cluster.id,
      cluster: cluster.name,
      source: { namespace: 'flux-system', name: 'fleet' },
      from: revisionOf(head),
      to: revisionOf(previous),
      held: null,
      deletions: [],
      deletionsKnown: true,
      worstCaseSeconds: 10,
      warnings: [],
      state: 'held',
      detail: 'Git declares the tag; the pin is released',
      runs: revisionOf(previous),
    })),
    ...change,
  };
}

export function anOperation(cluster: ClusterResponse, failed = false): OperationResponse {
  const step = (name: string, state: OperationResponse['steps'][number]['state'], from: number, detail: string) => ({
    name,
    state,
    startedAt: state === 'pending' ? null : ago(from),
    finishedAt: state === 'succeeded' || state === 'failed' ? ago(from - 0.3) : null,
    detail,
    remedy: null,
    code: null,
    attempts: state === 'pending' ? 0 : 1,
  });
  const steps = [
    step('preflight', 'succeeded', 4, 'Kubernetes v1.34.2; cluster-admin; no Flux found'),
    step('components commit', 'succeeded', 3.6, 'a1b2c3d Add Flux v2.7.3 component manifests'),
    step('apply', 'succeeded', 3.2, '38 objects in two stages, field manager flux'),
    step('source secret', 'succeeded', 2.7, 'deploy key flux-system-main added, read-only'),
    step('sync commit', failed ? 'failed' : 'running', 2.2, failed ? 'the Git server refused the push' : 'writing gotk-sync.yaml'),
    step('wait for revision', 'pending', 0, ''),
    step('install agent', 'pending', 0, ''),
    step('first snapshot', 'pending', 0, ''),
  ];
  if (failed)
    steps[4] = {
      ...(steps[4] as (typeof steps)[number]),
      remedy: 'Give the token the permission to write contents, then start again: done steps are kept.',
      code: 'git-auth-failed',
      attempts: 3,
    } as unknown as (typeof steps)[number];
  return {
    id: idOf(5, failed ? 3 : 1),
    kind: 'bootstrap',
    clusterId: cluster.id,
    subject: cluster.name,
    state: failed ? 'failed' : 'running',
    steps,
    issuer: 'admin',
    createdAt: ago(4),
    finishedAt: failed ? ago(1.9) : null,
    error: failed
      ? { code: 'git-auth-failed', message: 'The Git server refused the push to acme/fleet.', remedy: 'Give the token the permission to write contents.' }
      : null,
  };
}
