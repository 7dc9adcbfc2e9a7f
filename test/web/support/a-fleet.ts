import type { AlertResponse, ClusterResponse, ClusterState, CommandResponse, CommitResponse, LedgerEntryResponse } from '@flotilla/contracts';
import {
  aCluster,
  aFleetRepo,
  ago,
  anOperation,
  aRollback,
  authors,
  head,
  idOf,
  inState,
  minute,
  objectsOf,
  previous,
  revisionOf,
  shaOf,
  subjects,
  type FakeFleet,
} from './fleet-builders.js';

/** The commit that broke the fleet. */
const bad = head;

/** A fleet of `count` clusters under a bad commit: most well, some failing, silent, progressing, suspended, joining, rolled back. */
export function aFleet(count: number): FakeFleet {
  const commits = subjects
    .map((subject, index): CommitResponse => ({
      sha: shaOf(index),
      revision: revisionOf(shaOf(index)),
      parents: index > 0 ? [shaOf(index - 1)] : [],
      author: authors[index % authors.length] ?? '',
      authorEmail: 'dev@example.com',
      committedAt: ago(38 + (7 - index) * (95 + index * 11)),
      subject,
      paths: [`apps/${index % 2 ? 'shop' : 'base'}/deployment.yaml`, 'apps/kustomization.yaml'],
      clusters: [],
    }))
    .reverse();
  const states: Record<number, ClusterState> = { 5: 'failing', 6: 'failing', 10: 'unknown', 14: 'progressing', 17: 'suspended', 22: 'failing' };
  const clusters = Array.from({ length: count }, (_, number) => {
    const cluster = aCluster(number);
    const state =
      number === count - 1 && count > 1
        ? 'joining'
        : count <= 60
          ? (states[number] ?? 'ready')
          : number % 97 === 5
            ? 'failing'
            : number % 311 === 7
              ? 'unknown'
              : number % 53 === 9
                ? 'progressing'
                : 'ready';
    return inState(cluster, state);
  });
  const rolledBack = clusters
    .filter((cluster) => cluster.state === 'ready' && cluster.labels['ring'] === '2' && cluster.labels['region'] === 'eu-west')
    .slice(0, 40);
  const rollback = aRollback(rolledBack);
  for (const cluster of rolledBack) {
    cluster.revision = revisionOf(previous);
    cluster.revisionSince = ago(18);
    cluster.divergences = [
      {
        rollbackId: rollback.id,
        sourceName: 'fleet',
        declared: revisionOf(head),
        runs: revisionOf(previous),
        owner: rollback.owner,
        reason: rollback.reason,
        since: rollback.createdAt,
      },
    ];
  }
  const ledger = clusters.flatMap((cluster, number): LedgerEntryResponse[] => {
    if (cluster.agent === null) return [];
    const base = {
      clusterId: cluster.id,
      cluster: cluster.name,
      object: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' },
      stage: null,
      message: '',
    };
    const entries = commits.slice(0, 5).map((commit, index): LedgerEntryResponse => {
      const from = Date.parse(commit.committedAt) + (1 + ((number * 7) % 40) * 0.45) * minute;
      const next = index === 0 ? null : Date.parse(commits[index - 1]?.committedAt ?? '') + (1 + ((number * 7) % 40) * 0.45) * minute;
      return {
        ...base,
        id: idOf(3, number * 10 + index),
        revision: commit.revision,
        sha: commit.sha,
        result: index === 0 && cluster.state === 'failing' ? 'failed' : 'succeeded',
        stage: index === 0 && cluster.state === 'failing' ? 'health' : null,
        message: index === 0 && cluster.state === 'failing' ? 'health check failed after 3m0s' : '',
        from: new Date(Math.min(from, Date.now() - minute)).toISOString(),
        to: next === null ? null : new Date(Math.min(next, Date.now() - minute)).toISOString(),
        author: commit.author,
        subject: commit.subject,
      };
    });
    if (cluster.divergences.length > 0 && entries[0]) {
      entries[0].to = ago(18);
      entries.unshift({
        ...base,
        id: idOf(3, number * 10 + 9),
        revision: revisionOf(previous),
        sha: previous,
        result: 'succeeded',
        from: ago(18),
        to: null,
        author: commits[1]?.author ?? '',
        subject: commits[1]?.subject ?? '',
      });
    }
    return entries;
  });
  for (const commit of commits) {
    const at = clusters.filter((cluster) => cluster.revision === commit.revision || (commit.sha === head && cluster.state === 'failing'));
    commit.adoption = { at: at.length, of: count, failing: at.filter((cluster) => cluster.state === 'failing').length };
    commit.clusters = clusters.slice(0, 30).map((cluster) => cluster.name);
  }
  const failing = clusters.filter((cluster) => cluster.state === 'failing');
  const alerts = [
    ...failing.slice(0, 300).map((cluster, index): AlertResponse => ({
      id: idOf(2, index),
      fingerprint: shaOf(index).slice(0, 16),
      state: 'firing',
      startsAt: ago(27 - (index % 5)),
      endsAt: null,
      clusterId: cluster.id,
      receivers: ['on-call', 'slack-platform'],
      labels: {
        alertname: 'WorkloadFailed',
        cluster: cluster.name,
        kind: 'Kustomization',
        namespace: 'flux-system',
        name: 'apps',
        stage: 'health',
        severity: 'critical',
        ...cluster.labels,
      },
      annotations: {
        summary: `Kustomization apps failed in health on ${cluster.name}`,
        description: 'Deployment/shop/checkout: 0 of 2 pods could be scheduled; 3 nodes have too little memory.',
        revision: revisionOf(bad),
        author: 'Mira Lund',
      },
    })),
    ...clusters
      .filter((cluster) => cluster.state === 'unknown')
      .map((cluster, index): AlertResponse => ({
        id: idOf(2, 1000 + index),
        fingerprint: shaOf(100 + index).slice(0, 16),
        state: 'firing',
        startsAt: ago(8),
        endsAt: null,
        clusterId: cluster.id,
        receivers: ['on-call'],
        labels: { alertname: 'ClusterSilent', cluster: cluster.name, severity: 'warning' },
        annotations: { summary: `${cluster.name} is silent` },
      })),
    {
      id: idOf(2, 2000),
      fingerprint: 'feed0000feed0000',
      state: 'resolved',
      startsAt: ago(400),
      endsAt: ago(371),
      clusterId: clusters[1]?.id ?? null,
      receivers: ['slack-platform'],
      labels: {
        alertname: 'SourceFailed',
        cluster: clusters[1]?.name ?? 'none',
        kind: 'GitRepository',
        namespace: 'flux-system',
        name: 'fleet',
        stage: 'fetch',
      },
      annotations: { summary: 'GitRepository fleet could not be fetched' },
    } satisfies AlertResponse,
  ];
  return {
    clusters,
    objects: clusters.flatMap(objectsOf),
    commits,
    fleetRepos: [aFleetRepo()],
    ledger,
    alerts,
    deliveries: [
      {
        id: idOf(6, 1),
        receiver: 'slack-platform',
        integration: 'slack',
        groupKey: '{}/{severity="critical"}:{alertname="WorkloadFailed"}',
        status: 'delivered',
        attempts: 1,
        alerts: failing.length,
        message: `${failing.length} alerts: WorkloadFailed at ${bad.slice(0, 7)} by Mira Lund`,
        createdAt: ago(26),
        deliveredAt: ago(26),
      },
      {
        id: idOf(6, 2),
        receiver: 'on-call',
        integration: 'webhook',
        groupKey: '{}:{alertname="WorkloadFailed"}',
        status: 'failed',
        attempts: 5,
        alerts: failing.length,
        message: 'the receiver answered 503 five times; given up',
        createdAt: ago(25),
        deliveredAt: null,
      },
      {
        id: idOf(6, 3),
        receiver: 'on-call',
        integration: 'webhook',
        groupKey: '{}:{alertname="ClusterSilent"}',
        status: 'pending',
        attempts: 1,
        alerts: 1,
        message: 'ClusterSilent',
        createdAt: ago(0.2),
        deliveredAt: null,
      },
    ],
    operations: clusters.length > 1 ? [anOperation(clusters.at(-1) as ClusterResponse)] : [],
    rollbacks: rolledBack.length > 0 ? [rollback] : [],
    commands: failing.slice(0, 1).flatMap((cluster): CommandResponse[] => [
      {
        id: idOf(10, 1),
        clusterId: cluster.id,
        cluster: cluster.name,
        type: 'reconcile',
        object: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' },
        state: 'succeeded',
        message: 'requested at 12:04:11',
        issuer: 'admin',
        createdAt: ago(12),
        expiresAt: ago(11),
        finishedAt: ago(12),
      },
      {
        id: idOf(10, 2),
        clusterId: cluster.id,
        cluster: cluster.name,
        type: 'suspend',
        object: { kind: 'Kustomization', namespace: 'flux-system', name: 'flux-system' },
        state: 'refused',
        message: 'the root is never suspended',
        issuer: 'jo',
        createdAt: ago(9),
        expiresAt: ago(8),
        finishedAt: ago(9),
      },
    ]),
  };
}

export const noFleet = (): FakeFleet => ({
  clusters: [],
  objects: [],
  commits: [],
  fleetRepos: [],
  ledger: [],
  alerts: [],
  deliveries: [],
  operations: [],
  rollbacks: [],
  commands: [],
});
