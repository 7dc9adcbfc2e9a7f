/** An alert as it is told. */
export interface ToldAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: Date;
  readonly endsAt: Date | null;
  /** who wrote the commit it is about */
  readonly author: string | null;
  readonly subject: string | null;
}

export interface NotificationGroup {
  readonly key: string;
  readonly receiver: string;
  readonly labels: Readonly<Record<string, string>>;
  /** where the hub is */
  readonly externalUrl: string;
}

/** Alertmanager's webhook message (version 4), with cluster, object, revision and author of each alert beside. */
export interface WebhookMessage {
  version: '4';
  groupKey: string;
  truncatedAlerts: number;
  status: 'firing' | 'resolved';
  receiver: string;
  groupLabels: Record<string, string>;
  commonLabels: Record<string, string>;
  commonAnnotations: Record<string, string>;
  externalURL: string;
  alerts: {
    status: 'firing' | 'resolved';
    labels: Record<string, string>;
    annotations: Record<string, string>;
    startsAt: string;
    endsAt: string;
    generatorURL: string;
    fingerprint: string;
    cluster: string | null;
    object: string | null;
    revision: string | null;
    author: string | null;
    subject: string | null;
  }[];
}

/** Most alerts in one message: the rest are counted in `truncatedAlerts`. */
const alertsToldMax = 200;
/** Go's zero time, which Alertmanager writes for an alert that has not ended. */
const notEnded = '0001-01-01T00:00:00Z';

/** One message for a whole group, firing alerts first. */
export function renderWebhook(group: NotificationGroup, alerts: readonly ToldAlert[], alertsMax = alertsToldMax): WebhookMessage {
  const ordered = [...alerts].sort(
    (a, b) => Number(a.endsAt !== null) - Number(b.endsAt !== null) || a.startsAt.getTime() - b.startsAt.getTime() || (a.fingerprint < b.fingerprint ? -1 : 1),
  );
  const most = Math.min(alertsMax === 0 ? alertsToldMax : alertsMax, alertsToldMax);
  return {
    version: '4',
    groupKey: group.key,
    truncatedAlerts: Math.max(0, ordered.length - most),
    status: ordered.some((alert) => alert.endsAt === null) ? 'firing' : 'resolved',
    receiver: group.receiver,
    groupLabels: { ...group.labels },
    commonLabels: common(ordered.map((alert) => alert.labels)),
    commonAnnotations: common(ordered.map((alert) => alert.annotations)),
    externalURL: group.externalUrl,
    alerts: ordered.slice(0, most).map((alert) => ({
      status: alert.endsAt === null ? 'firing' : 'resolved',
      labels: { ...alert.labels },
      annotations: { ...alert.annotations },
      startsAt: alert.startsAt.toISOString(),
      endsAt: alert.endsAt?.toISOString() ?? notEnded,
      generatorURL: `${group.externalUrl}/alerts`,
      fingerprint: alert.fingerprint,
      cluster: alert.labels['cluster'] ?? null,
      object: objectOf(alert.labels),
      revision: alert.annotations['revision'] ?? null,
      author: alert.author,
      subject: alert.subject,
    })),
  };
}

function objectOf(labels: Readonly<Record<string, string>>): string | null {
  const { kind, namespace, name } = labels as Readonly<Record<string, string | undefined>>;
  return kind === undefined || name === undefined ? null : `${kind}/${namespace ?? ''}/${name}`;
}

/** Pairs that all of them carry. */
function common(maps: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first, ...rest] = maps;
  return Object.fromEntries(Object.entries(first ?? {}).filter(([name, value]) => rest.every((map) => map[name] === value)));
}

/** Lines of a chat message; beyond, they are counted. */
const linesMax = 20;

/** The same message as text for chats: a headline, then a line for each alert with cluster, object, revision and author. */
export function renderText(message: WebhookMessage): { title: string; text: string } {
  const firing = message.alerts.filter((alert) => alert.status === 'firing').length;
  const name = message.commonLabels['alertname'] ?? 'alerts';
  const clusters = new Set(message.alerts.map((alert) => alert.cluster).filter((cluster) => cluster !== null)).size;
  const title =
    message.status === 'firing'
      ? `[FIRING:${firing + message.truncatedAlerts}] ${name} in ${clusters} cluster${clusters === 1 ? '' : 's'}`
      : `[RESOLVED] ${name} in ${clusters} cluster${clusters === 1 ? '' : 's'}`;
  const lines = message.alerts.slice(0, linesMax).map((alert) => {
    const revision = alert.revision === null ? '' : ` at ${shortRevision(alert.revision)}`;
    const author = alert.author === null ? '' : ` by ${alert.author}`;
    const subject = alert.subject === null ? '' : ` "${alert.subject}"`;
    const what = alert.annotations['description'] ?? alert.annotations['summary'] ?? '';
    return `${alert.status === 'firing' ? 'firing' : 'resolved'}: ${alert.cluster ?? '-'} ${alert.object ?? ''}${alert.labels['stage'] === undefined ? '' : ` (${alert.labels['stage']})`}${revision}${author}${subject}${what === '' ? '' : `\n    ${what.slice(0, 300)}`}`;
  });
  const more = message.alerts.length + message.truncatedAlerts - lines.length;
  return { title, text: [...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n') };
}

function shortRevision(revision: string): string {
  return revision.replace(/(sha(?:1|256):[0-9a-f]{8})[0-9a-f]+$/i, '$1');
}
