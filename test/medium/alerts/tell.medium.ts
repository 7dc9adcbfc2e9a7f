import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlotillaError } from '@flotilla/contracts';
import type { Database } from '@flotilla/database';
import type { Principal, WebhookMessage } from '@flotilla/domain';
import { AlertSink, AlertsRepository, AlertsService } from '@flotilla/fleet/alerts';
import { AuditLog } from '@flotilla/fleet/audit';
import { ChangeFeed } from '@flotilla/fleet/change-feed';
import type { ObjectCondition, ObjectTransition } from '@flotilla/fleet/objects';
import { Outbox } from '@flotilla/fleet/outbox';
import { AlertDispatcher, Deliveries, RoutingDocument } from '@flotilla/fleet/routes';
import { SecretBox } from '@flotilla/fleet/secrets';
import { signBody } from '@flotilla/notify';
import { silentLogger } from '@flotilla/observability';
import { createOutbound } from '@flotilla/outbound';
import { freshDatabase } from '@flotilla/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const admin: Principal = { subject: 'user:ada', kind: 'user', grants: [{ role: 'admin', selector: [] }], requestId: null };
const bad = 'b'.repeat(40);
const key = 'signing-key-of-the-receiver';

interface Received {
  path: string;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

let database: Database;
let server: Server;
let url: string;
let status = 200;
const received: Received[] = [];
const outbound = createOutbound({ allow: ['127.0.0.0/8'] });
let sink: AlertSink;
let document: RoutingDocument;
let dispatcher: AlertDispatcher;
let deliveries: Deliveries;
let alerts: AlertsService;
let repository: AlertsRepository;
const clusters: string[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        received.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString(), headers: request.headers });
        response.writeHead(status).end('ok');
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const changes = new ChangeFeed(database, silentLogger());
  sink = new AlertSink();
  document = new RoutingDocument(database, new SecretBox(database, randomBytes(32)), new AuditLog(database), changes);
  dispatcher = new AlertDispatcher(database, document, new Outbox(database, changes), changes, { externalUrl: 'https://hub.example.org' });
  deliveries = new Deliveries(database, document, changes, outbound);
  repository = new AlertsRepository(database);
  alerts = new AlertsService(repository);
  const repo = randomUUID();
  await database.query(
    `insert into fleet_repo (id, name, provider, url, branch) values ($1::uuid, 'fleet', 'git', 'https://git.example.org/x', 'main') returning 1 as ok`,
    [repo],
  );
  await database.query(
    `insert into mirror_commit (fleet_repo_id, sha, position, parents, author, author_email, committed_at, subject, paths) values ($1::uuid, $2, 1, '{}', 'grace', 'grace@example.org', now(), 'Break the shop', '{}') returning 1 as ok`,
    [repo, bad],
  );
  for (const name of ['c1', 'c2', 'c3']) {
    const id = randomUUID();
    clusters.push(id);
    await database.query(`insert into cluster (id, name, last_received_at) values ($1::uuid, $2, clock_timestamp()) returning 1 as ok`, [id, name]);
  }
});
afterAll(async () => {
  server.close();
  await outbound.close();
  await database.close();
});

const routing = (): string => `route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  group_interval: 100ms
  routes:
    - receiver: chat
      matchers: ['kind="GitRepository"']
receivers:
  - name: team
    webhook_configs:
      - url: ${url}/team
        hmac_secret: ${key}
  - name: chat
    slack_configs:
      - api_url: ${url}/services/T0/B0/token
        channel: '#fleet'
`;

beforeEach(async () => {
  received.length = 0;
  status = 200;
  for (const table of ['delivery', 'alert', 'alert_group', 'outbox_row']) await database.pool.query(`delete from ${table}`);
  await document.replace(admin, routing());
});

const condition = (state: ObjectCondition['state'], over: Partial<ObjectCondition> = {}): ObjectCondition => ({
  state,
  stage: state === 'failed' ? 'health' : null,
  reason: 'HealthCheckFailed',
  message: 'timeout',
  revision: `main@sha1:${'a'.repeat(40)}`,
  attempted: `main@sha1:${bad}`,
  ...over,
});
const transition = (cluster: number, name: string, from: ObjectCondition | null, to: ObjectCondition | null, kind = 'Kustomization'): ObjectTransition => ({
  clusterId: clusters[cluster] ?? '',
  object: { kind, namespace: 'flux-system', name },
  from,
  to,
});

async function record(...transitions: ObjectTransition[]): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    await sink.record(transitions, client);
    await client.query('commit');
  } finally {
    client.release();
  }
}
/** Routes, tells and sends all that is due. */
async function tell(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 120));
  await dispatcher.route();
  await dispatcher.flush();
  const pending = await database.query<{ id: string }>(`select id from delivery where status = 'pending' order by created_at`);
  for (const { id } of pending) await deliveries.send(id).catch(() => undefined);
}
const firing = async (): Promise<number> => (await alerts.list(admin, { limit: 500, state: 'firing' })).items.length;

describe('telling', () => {
  it('tells many failed objects in one signed message per route, and the recovery in another', async () => {
    const failed = condition('failed');
    await record(
      ...[0, 1, 2].flatMap((cluster) => ['a', 'b'].map((name) => transition(cluster, name, condition('ready'), failed))),
      transition(0, 'fleet', condition('ready'), condition('failed', { stage: 'fetch' }), 'GitRepository'),
    );
    await tell();
    expect(received.map((message) => message.path).sort()).toEqual(['/services/T0/B0/token', '/team']);
    const team = received.find((message) => message.path === '/team');
    expect(team?.headers['x-flotilla-signature-256']).toBe(signBody(key, team?.body ?? ''));
    const message = JSON.parse(team?.body ?? '{}') as WebhookMessage;
    expect(message).toMatchObject({
      status: 'firing',
      receiver: 'team',
      groupLabels: { alertname: 'FluxObjectFailed' },
      externalURL: 'https://hub.example.org',
    });
    expect(message.alerts).toHaveLength(6);
    expect(message.alerts[0]).toMatchObject({ revision: `main@sha1:${bad}`, author: 'grace', subject: 'Break the shop', labels: { stage: 'health' } });
    expect(new Set(message.alerts.map((alert) => `${alert.cluster} ${alert.object}`)).size).toBe(6);
    expect(received.find((other) => other.path !== '/team')?.body).toContain('GitRepository/flux-system/fleet (fetch)');

    received.length = 0;
    await tell();
    expect(received).toEqual([]);

    await record(...[0, 1, 2].flatMap((cluster) => ['a', 'b'].map((name) => transition(cluster, name, failed, condition('ready')))));
    await tell();
    expect(received.map((other) => other.path)).toEqual(['/team']);
    const recovery = JSON.parse(received[0]?.body ?? '{}') as WebhookMessage;
    expect(recovery).toMatchObject({ status: 'resolved', alerts: { length: 6 } });
    expect(recovery.alerts.every((alert) => alert.status === 'resolved')).toBe(true);
    expect((await deliveries.list(admin, { limit: 10 })).items).toMatchObject([
      { status: 'delivered', attempts: 1, alerts: 6, integration: 'webhook' },
      { status: 'delivered' },
      { status: 'delivered' },
    ]);
  });

  it('does not flap while an object is retried, and follows a change of stage', async () => {
    await record(transition(0, 'a', condition('ready'), condition('failed')));
    await record(transition(0, 'a', condition('failed'), condition('progressing')));
    await record(transition(0, 'a', condition('progressing'), condition('failed')));
    expect(await firing()).toBe(1);
    await record(transition(0, 'a', condition('failed'), condition('failed', { stage: 'build' })));
    const { items } = await alerts.list(admin, { limit: 10 });
    expect(items.map((alert) => `${alert.state} ${alert.labels['stage'] ?? ''}`).sort()).toEqual(['firing build', 'resolved health']);
    await record(transition(0, 'a', condition('failed', { stage: 'build' }), null));
    expect(await firing()).toBe(0);
  });

  it('stores nothing twice when a batch is written again', async () => {
    const batch = [transition(0, 'a', condition('ready'), condition('failed')), transition(1, 'a', condition('ready'), condition('failed'))];
    await record(...batch);
    await record(...batch);
    expect((await database.query('select 1 as ok from alert')).length).toBe(2);
  });

  it('tells a group once, however many workers flush', async () => {
    await record(transition(0, 'a', condition('ready'), condition('failed')));
    await Promise.all([1, 2, 3].map(() => dispatcher.route()));
    await Promise.all([1, 2, 3].map(() => dispatcher.flush()));
    expect((await deliveries.list(admin, { limit: 10 })).items).toHaveLength(1);
  });

  it('tries again while the receiver is down, and gives up at once when it refuses', async () => {
    await record(transition(0, 'a', condition('ready'), condition('failed')));
    status = 503;
    await tell();
    expect((await deliveries.list(admin, { limit: 10 })).items).toMatchObject([
      { status: 'pending', attempts: 1, message: expect.stringContaining('503') as string },
    ]);
    status = 200;
    await tell();
    expect((await deliveries.list(admin, { limit: 10 })).items).toMatchObject([{ status: 'delivered', attempts: 2 }]);
    const ids = received.map((message) => message.headers['x-flotilla-delivery']);
    expect(new Set(ids).size).toBe(1);
    await record(transition(1, 'a', condition('ready'), condition('failed')));
    status = 410;
    await tell();
    expect((await deliveries.list(admin, { limit: 10 })).items[0]).toMatchObject({
      status: 'failed',
      attempts: 1,
      message: expect.not.stringContaining('/team') as string,
    });
  });

  it('raises an alert for a silent cluster and resolves it when it speaks again', async () => {
    await database.query(`update cluster set last_received_at = now() - interval '10 minutes' where id = $1::uuid returning 1 as ok`, [clusters[2]]);
    expect(await repository.watchSilence()).toEqual([clusters[2]]);
    expect(await repository.watchSilence()).toEqual([]);
    await tell();
    expect(JSON.parse(received[0]?.body ?? '{}')).toMatchObject({ status: 'firing', alerts: [{ labels: { alertname: 'ClusterSilent', cluster: 'c3' } }] });
    await database.query(`update cluster set last_received_at = clock_timestamp() where id = $1::uuid returning 1 as ok`, [clusters[2]]);
    await repository.watchSilence();
    await tell();
    expect(JSON.parse(received.at(-1)?.body ?? '{}')).toMatchObject({ status: 'resolved' });
  });

  it('is over with the alerts of a cluster that is forgotten', async () => {
    await record(transition(0, 'a', condition('ready'), condition('failed')));
    await tell();
    await database.query('update cluster set forgotten_at = now() where id = $1::uuid returning 1 as ok', [clusters[0]]);
    expect(await repository.watchSilence()).toEqual([clusters[0]]);
    await tell();
    expect(received.map(({ body }) => (JSON.parse(body) as { status: string }).status)).toEqual(['firing', 'resolved']);
    await database.query('update cluster set forgotten_at = null where id = $1::uuid returning 1 as ok', [clusters[0]]);
  });
});

describe('routing document', () => {
  it('shows no secret, keeps it when the shown text is put back, and routes by it', async () => {
    const shown = await document.show();
    expect(shown.yaml).not.toMatch(/signing-key|services\/T0/);
    expect(shown).toMatchObject({
      updatedBy: 'user:ada',
      receivers: [
        { name: 'team', kinds: ['webhook'] },
        { name: 'chat', kinds: ['slack'] },
      ],
    });
    await document.replace(admin, shown.yaml);
    const [team] = (await document.routing()).receivers;
    expect(team?.integrations).toMatchObject([{ hmacSecret: key }]);
    expect(await document.test({ kind: 'GitRepository' })).toEqual({ matches: [{ receiver: 'chat', path: ['team', 'chat'], groupBy: ['alertname'] }] });
    const stored = await database.query<{ value: unknown }>(`select value from setting where name = 'routing'`);
    expect(JSON.stringify(stored)).not.toContain(key);
  });
  it('refuses what is not valid and keeps what there was', async () => {
    const before = await document.show();
    const error = await document.replace(admin, 'route: {receiver: nobody}').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FlotillaError);
    expect(error).toMatchObject({ code: 'routing-invalid' });
    expect(await document.show()).toEqual(before);
  });
});

it('has a commit that the mirror does not hold fetched, once, and none that it holds', async () => {
  const [repo] = await database.query<{ id: string }>('select id from fleet_repo limit 1');
  await database.query(`update cluster set fleet_repo_id = $1::uuid where id = any($2::uuid[]) returning 1 as ok`, [repo?.id, clusters]);
  const wishes = () => database.query<{ payload: unknown }>(`select payload from outbox_row where job = 'mirror-fleet-repo'`);
  await record(transition(0, 'known', condition('ready'), condition('failed')));
  expect(await wishes()).toEqual([]);
  const unknown = condition('failed', { attempted: `main@sha1:${'d'.repeat(40)}` });
  await record(transition(0, 'shop', condition('ready'), unknown), transition(1, 'shop', condition('ready'), unknown));
  await record(transition(2, 'shop', condition('ready'), unknown));
  expect(await wishes()).toEqual([{ payload: { fleetRepoId: repo?.id } }]);
});
