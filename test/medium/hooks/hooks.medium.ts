import { createHmac, randomUUID } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { loadConfig } from '@flotilla/config';
import type { OperationResponse } from '@flotilla/contracts';
import { silentLogger } from '@flotilla/observability';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorker } from '../../../apps/worker/src/create-worker.js';
import { workerConfig } from '../../../apps/worker/src/worker.config.js';
import { GithubStandIn } from '../../rig/github/stand-in.js';
import { waitFor } from '../../rig/wait-for.js';
import { secretKey, startTestHub, type TestHub } from '../../support/test-hub.js';

interface MadeHook {
  id: string;
  key: string;
  url: string;
}

let hub: TestHub;
let fleetRepoId: string;
let follower: string;
let pinned: string;

const signed = (key: string, body: string): string => createHmac('sha256', key).update(body).digest('hex');
const push = (branch = 'main'): string => JSON.stringify({ ref: `refs/heads/${branch}`, after: randomUUID() });
const make = async (body: object): Promise<MadeHook> => (await hub.admin().post('/api/v1/hooks').send(body).expect(201)).body as MadeHook;
const deliver = (provider: string, id: string, headers: Record<string, string>, body: string) =>
  hub.anonymous().post(`/hooks/${provider}/${id}`).set('content-type', 'application/json').set(headers).send(body);

/** A cluster whose controlled source is as given. */
async function cluster(name: string, source: object): Promise<string> {
  const id = randomUUID();
  await hub.database.query(
    `insert into cluster (id, name, fleet_repo_id, path, last_received_at, snapshot_at) values ($1::uuid, $2, $3::uuid, $4, now(), now()) returning 1 as ok`,
    [id, name, fleetRepoId, `clusters/${name}`],
  );
  await hub.database.query(
    `insert into agent (id, cluster_id, incarnation, public_key, cluster_uid, accepted_at) values (gen_random_uuid(), $1::uuid, 1, '{}', $2, now()) returning 1 as ok`,
    [id, `uid-${name}`],
  );
  const status = {
    kind: 'GitRepository',
    namespace: 'flux-system',
    name: 'fleet',
    uid: 'u',
    labels: { 'flotilla.dev/controlled': 'true' },
    suspended: false,
    source,
  };
  await hub.database.query(
    `insert into flux_object (cluster_id, kind, namespace, name, state, reason, message, status, incarnation, observed_at, received_at)
     values ($1::uuid, 'GitRepository', 'flux-system', 'fleet', 'ready', '', '', $2::jsonb, 1, now(), now()) returning 1 as ok`,
    [id, JSON.stringify(status)],
  );
  return id;
}

beforeAll(async () => {
  hub = await startTestHub({ FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8' });
  fleetRepoId = randomUUID();
  await hub.database.query(
    `insert into fleet_repo (id, name, provider, url, branch) values ($1::uuid, 'fleet', 'git', 'https://git.example.test/fleet.git', 'main') returning 1 as ok`,
    [fleetRepoId],
  );
  follower = await cluster('follower', { url: 'x', branch: 'main' });
  pinned = await cluster('pinned', { url: 'x', branch: 'main', commit: 'a'.repeat(40) });
});
afterAll(() => hub.stop());

const wished = async (): Promise<number> => {
  const [row] = await hub.database.query<{ n: bigint }>(`select count(*) as n from outbox_row where job = 'mirror-fleet-repo'`);
  return Number(row?.n);
};

describe('push hooks', () => {
  it.each([
    ['github', (key: string, body: string) => ({ 'x-hub-signature-256': `sha256=${signed(key, body)}`, 'x-github-event': 'push' })],
    ['gitea', (key: string, body: string) => ({ 'x-gitea-signature': signed(key, body), 'x-gitea-event': 'push' })],
  ])('of %s make the mirror look and the following sources fetch, once', async (provider, headers) => {
    const hook = await make({ provider, fleetRepoId });
    expect(hook.url).toBe(`http://hub.example.test/hooks/${provider}/${hook.id}`);
    const before = { mirror: await wished(), commands: await hub.count('command') };
    const body = push();
    await deliver(provider, hook.id, headers(hook.key, body), body).expect(202);
    expect(await wished()).toBe(before.mirror + 1);
    const orders = await hub.database.query<{ cluster_id: string; type: string }>('select cluster_id, type from command order by created_at');
    expect(orders).toHaveLength(before.commands + 1);
    expect(orders.at(-1)).toEqual({ cluster_id: follower, type: 'reconcile' });
    expect(orders.map((order) => order.cluster_id)).not.toContain(pinned);
    const again = await deliver(provider, hook.id, headers(hook.key, body), body).expect(409);
    expect(again.body).toMatchObject({ code: 'hook-replayed' });
    expect(await hub.count('command')).toBe(before.commands + 1);
    expect(await wished()).toBe(before.mirror + 1);
  });

  it('of another branch or another event change nothing', async () => {
    const hook = await make({ provider: 'github', fleetRepoId });
    const before = await hub.count('command');
    const [other, ping] = [push('feature'), JSON.stringify({ zen: randomUUID() })];
    await deliver('github', hook.id, { 'x-hub-signature-256': `sha256=${signed(hook.key, other)}`, 'x-github-event': 'push' }, other).expect(202);
    await deliver('github', hook.id, { 'x-hub-signature-256': `sha256=${signed(hook.key, ping)}`, 'x-github-event': 'ping' }, ping).expect(202);
    expect(await hub.count('command')).toBe(before);
  });

  it('are refused alike with a wrong key, no signature, another body, another hook or none, and write nothing', async () => {
    const hook = await make({ provider: 'github', fleetRepoId });
    const other = await make({ provider: 'github', fleetRepoId });
    const body = push();
    const good = `sha256=${signed(hook.key, body)}`;
    const before = { receipts: await hub.count('hook_receipt'), commands: await hub.count('command'), mirror: await wished() };
    const attempts: [string, string, Record<string, string>, string][] = [
      ['github', hook.id, { 'x-hub-signature-256': `sha256=${signed('wrong', body)}` }, body],
      ['github', hook.id, {}, body],
      ['github', hook.id, { 'x-hub-signature-256': signed(hook.key, body) }, body],
      ['github', hook.id, { 'x-hub-signature-256': good }, push()],
      ['github', other.id, { 'x-hub-signature-256': good }, body],
      ['gitea', hook.id, { 'x-gitea-signature': signed(hook.key, body) }, body],
      ['github', randomUUID(), { 'x-hub-signature-256': good }, body],
      ['github', 'not-an-id', { 'x-hub-signature-256': good }, body],
      ['toString', hook.id, { 'x-hub-signature-256': good }, body],
    ];
    for (const [provider, id, headers, text] of attempts) {
      const answer = await deliver(provider, id, headers, text).expect(401);
      expect(answer.body).toMatchObject({ code: 'hook-signature-invalid' });
      expect(answer.text).not.toContain(hook.key);
    }
    expect({ receipts: await hub.count('hook_receipt'), commands: await hub.count('command'), mirror: await wished() }).toEqual(before);
  });
});

describe('events of Flux', () => {
  const event = (timestamp: Date): string =>
    JSON.stringify({
      involvedObject: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' },
      reason: 'HealthCheckFailed',
      message: randomUUID(),
      timestamp: timestamp.toISOString(),
    });
  const headers = (key: string, body: string): Record<string, string> => ({ 'x-signature': `sha256=${signed(key, body)}` });

  it('are taken once; the sender may repeat them', async () => {
    const hook = await make({ provider: 'flux', clusterId: follower });
    const body = event(new Date());
    const before = await hub.count('hook_receipt');
    await deliver('flux', hook.id, headers(hook.key, body), body).expect(202);
    await deliver('flux', hook.id, headers(hook.key, body), body).expect(202);
    expect(await hub.count('hook_receipt')).toBe(before + 1);
  });

  describe('and the ledger', () => {
    const revision = (letter: string): string => `main@sha1:${letter.repeat(40)}`;
    const ledgerOf = (clusterId: string) =>
      hub.database.query<{ message: string }>(
        'select name, revision, result, stage, message, from_at, to_at from ledger_entry where cluster_id = $1::uuid order by name, from_at',
        [clusterId],
      );
    const entry = async (clusterId: string, name: string, letter: string, open: boolean): Promise<void> => {
      await hub.database.query(
        `insert into ledger_entry (id, cluster_id, kind, namespace, name, revision, sha, result, stage, message, from_at, to_at)
         values (gen_random_uuid(), $1::uuid, 'Kustomization', 'flux-system', $2, $3, $4, 'failed', 'health', 'health check failed', now() - interval '1 hour', case when $5::bool then null else now() end) returning 1 as ok`,
        [clusterId, name, revision(letter), letter.repeat(40), open],
      );
    };
    const say = async (hook: MadeHook, over: object): Promise<void> => {
      const body = JSON.stringify({ ...(JSON.parse(event(new Date())) as object), severity: 'error', ...over });
      await deliver('flux', hook.id, headers(hook.key, body), body).expect(202);
      await deliver('flux', hook.id, headers(hook.key, body), body).expect(202);
    };

    it('get its words where they say more; what ran, when and how it went stays as the agent told it', async () => {
      const clusters = [await cluster('told', { url: 'x' }), await cluster('other', { url: 'x' })] as const;
      for (const id of clusters) {
        await entry(id, 'apps', 'a', false);
        await entry(id, 'apps', 'b', true);
      }
      const before = await Promise.all(clusters.map(ledgerOf));
      const hook = await make({ provider: 'flux', clusterId: clusters[0] });
      const message = 'timeout waiting for: [Deployment/apps/web status: InProgress]';
      for (const over of [
        { message, metadata: { revision: revision('a') } },
        { message },
        { message, severity: 'info', metadata: { revision: revision('b') } },
        { message, metadata: { revision: revision('b') }, involvedObject: { kind: 'Kustomization', namespace: 'flux-system', name: 'nobody' } },
      ])
        await say(hook, over);
      expect(await Promise.all(clusters.map(ledgerOf))).toEqual(before);
      // which cluster is told by the URL
      await say(hook, { message, cluster: 'other', metadata: { 'kustomize.toolkit.fluxcd.io/revision': revision('b'), cluster: 'other', summary: 'other' } });
      const [told, other] = await Promise.all(clusters.map(ledgerOf));
      expect(told).toEqual([before[0]?.[0], { ...before[0]?.[1], message }]);
      expect(other).toEqual(before[1]);
    });
  });

  it.each([
    ['too old', -3_600_000],
    ['from the future', 3_600_000],
  ])('%s are refused and not noted', async (_, offsetMs) => {
    const hook = await make({ provider: 'flux', clusterId: follower });
    const body = event(new Date(Date.now() + offsetMs));
    const before = await hub.count('hook_receipt');
    expect((await deliver('flux', hook.id, headers(hook.key, body), body).expect(400)).body).toMatchObject({ code: 'hook-stale' });
    expect(await hub.count('hook_receipt')).toBe(before);
  });

  it('that are none are refused', async () => {
    const hook = await make({ provider: 'flux', clusterId: follower });
    expect((await deliver('flux', hook.id, headers(hook.key, '{}'), '{}').expect(400)).body).toMatchObject({ code: 'bad-request' });
  });
});

describe('the list of hooks', () => {
  it('shows no key, and making one needs the right and an owner that exists', async () => {
    const hook = await make({ provider: 'github', fleetRepoId });
    const list = await hub.admin().get('/api/v1/hooks').expect(200);
    expect(list.text).not.toContain(hook.key);
    expect((list.body as { items: { id: string }[] }).items.map((item) => item.id)).toContain(hook.id);
    const viewer = (await hub.admin().post('/api/v1/tokens').send({ name: 'viewer', role: 'viewer' }).expect(201)).body as { token: string };
    await hub.as(viewer.token).post('/api/v1/hooks').send({ provider: 'github', fleetRepoId }).expect(403);
    await hub.admin().post('/api/v1/hooks').send({ provider: 'flux', fleetRepoId }).expect(400);
    await hub.admin().post('/api/v1/hooks').send({ provider: 'github', fleetRepoId: randomUUID() }).expect(404);
  });
});

describe('hooks at a forge', () => {
  let github: GithubStandIn;
  let worker: INestApplicationContext;
  let own: string;

  beforeAll(async () => {
    github = await GithubStandIn.start();
    const call = await fetch(`${github.url}/user/repos`, {
      method: 'POST',
      headers: { authorization: `Bearer ${github.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'fleet', private: true }),
    });
    expect(call.status).toBe(201);
    const repo = { name: 'forge', provider: 'github', url: `${github.origin}/${github.owner}/fleet`, apiUrl: github.url, credentials: { token: github.token } };
    own = ((await hub.admin().post('/api/v1/fleet-repos').send(repo).expect(201)).body as { id: string }).id;
    const env = { DATABASE_URL: hub.database.url, FLOTILLA_SECRET_KEY: secretKey, FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8', FLOTILLA_LOG_LEVEL: 'silent' };
    worker = await createWorker(loadConfig(workerConfig, env), silentLogger());
  });
  afterAll(async () => {
    await worker.close();
    await github.stop();
  });

  const installed = async (): Promise<{ events: string[]; config: { url: string; content_type: string } }[]> => {
    const call = await fetch(`${github.url}/repos/${github.owner}/fleet/hooks`, { headers: { authorization: `Bearer ${github.token}` } });
    return (await call.json()) as { events: string[]; config: { url: string; content_type: string } }[];
  };
  const finished = (id: string) =>
    waitFor('the operation', async () => {
      const { body } = await hub.admin().get(`/api/v1/operations/${id}`).expect(200);
      return (body as OperationResponse).finishedAt === null ? undefined : (body as OperationResponse);
    });

  it('are set there by the worker, and their key is kept out of the operation', async () => {
    const { body } = await hub.admin().post('/api/v1/hooks').send({ provider: 'github', fleetRepoId: own, install: true }).expect(201);
    const made = body as MadeHook & { operationId: string };
    expect(await finished(made.operationId)).toMatchObject({ kind: 'hook', state: 'succeeded', steps: [{ detail: 'set at github for pushes to forge' }] });
    expect(await installed()).toEqual([
      expect.objectContaining({ events: ['push'], config: expect.objectContaining({ url: made.url, content_type: 'json' }) }),
    ]);
    expect(JSON.stringify(await hub.database.query('select t::text as row from operation t'))).not.toContain(made.key);
  });

  it('are refused where the fleet repo is not at that forge, with nothing written', async () => {
    const before = [await hub.count('hook'), await hub.count('operation'), await hub.count('secret')];
    for (const [body, words] of [
      [{ provider: 'gitea', fleetRepoId: own, install: true }, 'make a hook of provider github'],
      [{ provider: 'github', fleetRepoId, install: true }, 'set the hook by hand'],
      [{ provider: 'flux', clusterId: follower, install: true }, 'generic-hmac'],
    ] as const)
      expect((await hub.admin().post('/api/v1/hooks').send(body).expect(400)).body).toMatchObject({ detail: expect.stringContaining(words) as string });
    expect([await hub.count('hook'), await hub.count('operation'), await hub.count('secret')]).toEqual(before);
  });
});

describe('a hook that was removed', () => {
  it('refuses what comes in, and is gone with its key', async () => {
    const hook = await make({ provider: 'github', fleetRepoId });
    const body = push();
    const headers = { 'x-hub-signature-256': `sha256=${signed(hook.key, body)}`, 'x-github-event': 'push' };
    await deliver('github', hook.id, headers, body).expect(202);
    const secrets = await hub.count('secret');
    await hub.admin().delete(`/api/v1/hooks/${hook.id}`).expect(204);
    await deliver('github', hook.id, headers, body).expect(401);
    expect(await hub.count('secret')).toBe(secrets - 1);
    await hub.admin().delete(`/api/v1/hooks/${hook.id}`).expect(404);
    const entries = await hub.database.query(`select 1 as ok from audit_entry where subject = $1 and detail ->> 'removed' = 'true'`, [`hook/${hook.id}`]);
    expect(entries).toHaveLength(1);
  });
});
