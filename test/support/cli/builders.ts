import type {
  ClusterResponse,
  CommandResponse,
  DistributionResponse,
  FleetRepoResponse,
  ObjectResponse,
  OperationResponse,
  RollbackResponse,
} from '@flotilla/contracts';

export const shaA = '1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e';
export const shaB = 'b0bacafeb0bacafeb0bacafeb0bacafeb0bacafe';
export const someId = '01930000-0000-7000-8000-000000000001';
export const now = '2026-05-03T14:07:00.000Z';
const earlier = '2026-05-03T11:00:00.000Z';

const ca = Buffer.from('-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n').toString('base64');

/** A kubeconfig with one context, as `kubectl config view` prints it. */
export function aKubeconfig(user: object, cluster: object = { server: 'https://10.0.0.1:6443', 'certificate-authority-data': ca }) {
  return {
    'current-context': 'lab',
    clusters: [{ name: 'k', cluster }],
    contexts: [{ name: 'lab', context: { cluster: 'k', user: 'u' } }],
    users: [{ name: 'u', user }],
  };
}

export function aDistribution(over: Partial<DistributionResponse> = {}): DistributionResponse {
  return { id: someId, version: 'v2.9.4', digest: `sha256:${'ab'.repeat(32)}`, components: [], sizeBytes: 9, createdAt: now, createdBy: 'admin', ...over };
}

export function aFleetRepo(over: Partial<FleetRepoResponse> = {}): FleetRepoResponse {
  return {
    id: someId,
    name: 'org-fleet',
    provider: 'github',
    url: 'https://github.com/org/fleet.git',
    branch: 'main',
    apiUrl: null,
    owner: 'org',
    repository: 'fleet',
    hasCredentials: true,
    head: null,
    mirroredAt: null,
    mirrorError: null,
    createdAt: now,
    ...over,
  };
}

export function aCluster(over: Partial<ClusterResponse> = {}): ClusterResponse {
  return {
    id: someId,
    name: 'prod-eu-1',
    labels: { region: 'eu' },
    fleetRepo: { id: someId, name: 'fleet' },
    path: 'clusters/prod-eu-1',
    state: 'ready',
    stateSince: earlier,
    stateReason: 'all workloads are ready at this revision',
    revision: `main@sha1:${shaA}`,
    revisionSince: earlier,
    counts: { objects: 4, ready: 4, failing: 0, progressing: 0, suspended: 0 },
    agent: {
      version: '0.1.0',
      kubernetesVersion: 'v1.36.3',
      fluxVersion: 'v2.9.4',
      connected: true,
      readOnly: false,
      incarnation: 1,
      lastReceivedAt: now,
      clusterUid: 'u',
      contested: false,
    },
    divergences: [],
    createdAt: earlier,
    ...over,
  };
}

export function anObject(over: Partial<Omit<ObjectResponse, 'status'>> & { status?: Partial<ObjectResponse['status']> } = {}): ObjectResponse {
  const { status, ...rest } = over;
  return {
    clusterId: someId,
    cluster: 'prod-eu-1',
    state: 'ready',
    stage: null,
    reason: 'ReconciliationSucceeded',
    message: '',
    since: earlier,
    receivedAt: now,
    stale: false,
    incarnation: 1,
    ...rest,
    status: {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      namespace: 'flux-system',
      name: 'apps',
      uid: 'u',
      generation: 2,
      observedGeneration: 2,
      resourceVersion: '9',
      labels: {},
      suspended: false,
      conditions: [{ type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: `Applied revision: main@sha1:${shaA}` }],
      revision: `main@sha1:${shaA}`,
      handledReconcileAt: 'earlier',
      observedAt: now,
      ...status,
    },
  };
}

export function aCommand(over: Partial<CommandResponse> = {}): CommandResponse {
  return {
    id: someId,
    clusterId: someId,
    cluster: 'prod-eu-1',
    type: 'reconcile',
    object: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' },
    state: 'pending',
    message: '',
    issuer: 'admin',
    createdAt: now,
    expiresAt: now,
    finishedAt: null,
    ...over,
  };
}

export function anOperation(over: Partial<OperationResponse> = {}): OperationResponse {
  return {
    id: someId,
    kind: 'bootstrap',
    clusterId: someId,
    subject: 'prod-eu-1',
    state: 'running',
    steps: [],
    issuer: 'admin',
    createdAt: earlier,
    finishedAt: null,
    error: null,
    ...over,
  };
}

export function aStep(
  name: string,
  state: OperationResponse['steps'][number]['state'],
  detail = '',
  remedy: string | null = null,
): OperationResponse['steps'][number] {
  return { name, state, startedAt: earlier, finishedAt: null, detail, remedy, code: null, attempts: 1 };
}

export function aRollback(over: Partial<RollbackResponse> = {}): RollbackResponse {
  return {
    id: someId,
    number: 7,
    selector: 'region=eu',
    to: `main@sha1:${shaA}`,
    sha: shaA,
    tag: 'fleet/7',
    method: 'tag',
    state: 'pinning',
    reason: 'checkout fails',
    owner: 'admin',
    createdAt: earlier,
    liftedAt: null,
    commit: null,
    targets: [
      {
        clusterId: someId,
        cluster: 'prod-eu-1',
        source: { namespace: 'flux-system', name: 'fleet' },
        from: `main@sha1:${shaB}`,
        to: `main@sha1:${shaA}`,
        held: null,
        deletions: [],
        deletionsKnown: true,
        worstCaseSeconds: 10,
        warnings: [],
        state: 'pinning',
      },
    ],
    ...over,
  };
}
