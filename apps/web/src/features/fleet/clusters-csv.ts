import type { ClusterResponse } from '@flotilla/contracts';

/** One CSV cell. A leading `=`, `+`, `-` or `@` gets a quote before it, so that a spreadsheet never runs it as a formula. */
function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The clusters as CSV (RFC 4180, header first), revisions in full. */
export function clustersCsv(clusters: readonly ClusterResponse[]): string {
  const header = [
    'name',
    'state',
    'state_since',
    'reason',
    'revision',
    'revision_since',
    'labels',
    'fleet_repo',
    'path',
    'objects',
    'ready',
    'failing',
    'agent_version',
    'flux_version',
    'kubernetes_version',
    'last_received',
  ];
  const lines = clusters.map((cluster) => [
    cluster.name,
    cluster.state,
    cluster.stateSince,
    cluster.stateReason,
    cluster.revision,
    cluster.revisionSince,
    Object.entries(cluster.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
    cluster.fleetRepo?.name ?? null,
    cluster.path,
    cluster.counts.objects,
    cluster.counts.ready,
    cluster.counts.failing,
    cluster.agent?.version ?? null,
    cluster.agent?.fluxVersion ?? null,
    cluster.agent?.kubernetesVersion ?? null,
    cluster.agent?.lastReceivedAt ?? null,
  ]);
  return [header, ...lines].map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n';
}
