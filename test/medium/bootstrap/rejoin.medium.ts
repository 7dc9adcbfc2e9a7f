import { randomUUID } from 'node:crypto';
import { Database } from '@flotilla/database';
import { agentNames } from '@flotilla/domain';
import { AGENTS_OPTIONS, type AgentsOptions, CommandKeys, JoinTokens } from '@flotilla/fleet/agents';
import { applyJoinSecret, type BootstrapContext, EnrolledJoin, waitForAgent } from '@flotilla/fleet/bootstrap';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentKey, assertionOf, enroll, newAgentKey } from '../../support/agent-key.js';
import { FakeAgent } from '../../support/fake-agent.js';
import { startTestHub, type TestHub } from '../../support/test-hub.js';

type Stored = { metadata: { name: string }; stringData?: Record<string, string>; data?: Record<string, string> };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The Secrets of one cluster, as far as a bootstrap looks at them. */
class Cluster {
  readonly uid = randomUUID();
  readonly secrets = new Map<string, Record<string, string>>();
  readonly kube = {
    get: ({ name }: { name: string }) => Promise.resolve(this.secrets.has(name) ? { metadata: { name }, data: this.secrets.get(name) } : null),
    applyAll: (objects: Stored[]) => {
      for (const { metadata, stringData, data } of objects)
        this.secrets.set(metadata.name, { ...data, ...Object.fromEntries(Object.entries(stringData ?? {}).map(([key, text]) => [key, base64(text)])) });
      return Promise.resolve();
    },
  };
}

let hub: TestHub;
let join: EnrolledJoin;
let id: string;
const name = 'reborn';
beforeAll(async () => {
  hub = await startTestHub();
  const { app } = hub;
  join = new EnrolledJoin(app.get(Database), app.get(JoinTokens), app.get(CommandKeys), app.get<AgentsOptions>(AGENTS_OPTIONS));
  id = (await hub.admin().post('/api/v1/clusters').send({ name }).expect(201)).body.id as string;
});
afterAll(() => hub.stop());

const bootstrapOf = async (cluster: Cluster): Promise<BootstrapContext> =>
  ({
    input: { clusterId: id, options: { scaffold: true } },
    facts: { clusterUid: cluster.uid },
    startedAt: await hub.database.now(),
    kube: cluster.kube,
  }) as unknown as BootstrapContext;
const joinStep = (context: BootstrapContext) => applyJoinSecret(join, () => 'test').run(context, 0);
const wait = (context: BootstrapContext) => waitForAgent(join).run(context, 0);
const tokenIn = (cluster: Cluster): string => Buffer.from(cluster.secrets.get(agentNames.joinSecret)?.['token'] ?? '', 'base64').toString();

/** What the agent that Flux delivers does with the join Secret. */
async function enrollIn(cluster: Cluster): Promise<{ key: AgentKey; incarnation: number }> {
  const key = await newAgentKey();
  cluster.secrets.set(agentNames.identitySecret, { 'key.json': base64('{}') });
  const answer = await enroll(hub, tokenIn(cluster), key, { clusterUid: cluster.uid });
  expect(answer.status).toBe(200);
  return { key, incarnation: answer.body.incarnation as number };
}
async function report(cluster: Cluster, { key, incarnation }: { key: AgentKey; incarnation: number }): Promise<FakeAgent> {
  const assertion = await assertionOf(key, id, { audience: 'http://hub.example.test', incarnation });
  const agent = await FakeAgent.connect(hub.url, id, { assertion, incarnation, clusterUid: cluster.uid });
  await agent.acked(agent.snapshot([]));
  return agent;
}

describe('bootstrapping a cluster again', () => {
  const first = new Cluster();
  const rebuilt = new Cluster();
  let firstKey: AgentKey;

  it('waits for the report of the agent it gave a token to', async () => {
    const context = await bootstrapOf(first);
    expect(await wait(context)).toMatchObject({ state: 'waiting' });
    expect(await joinStep(context)).toMatchObject({ state: 'succeeded' });
    const token = tokenIn(first);
    expect(await joinStep(context)).toMatchObject({ state: 'succeeded', detail: 'the join Secret is there' });
    expect(tokenIn(first)).toBe(token);
    const joined = await enrollIn(first);
    firstKey = joined.key;
    expect(await joinStep(context)).toMatchObject({ state: 'skipped' });
    expect(await wait(context)).toMatchObject({ state: 'waiting' });
    const agent = await report(first, joined);
    expect(await wait(context)).toMatchObject({ state: 'succeeded' });
    agent.close();
  });

  it('asks nothing of an agent that goes on in the same cluster but to be heard since', async () => {
    const context = await bootstrapOf(first);
    expect(await joinStep(context)).toMatchObject({ state: 'skipped' });
    expect(await wait(context)).toMatchObject({ state: 'waiting' });
    const agent = await report(first, { key: firstKey, incarnation: 1 });
    expect(await wait(context)).toMatchObject({ state: 'succeeded' });
    agent.close();
  });

  it('joins a cluster built anew under the name, whose old reports count for nothing', async () => {
    const old = await report(first, { key: firstKey, incarnation: 1 });
    const context = await bootstrapOf(rebuilt);
    await old.acked(old.snapshot([]));
    expect(await wait(context)).toMatchObject({ state: 'waiting' });
    expect(await joinStep(context)).toMatchObject({ state: 'succeeded' });
    expect(tokenIn(rebuilt)).not.toBe(tokenIn(first));
    expect(await wait(context)).toMatchObject({ state: 'waiting' });
    const joined = await enrollIn(rebuilt);
    expect(joined.incarnation).toBe(2);
    expect(await wait(context)).toMatchObject({ state: 'waiting' });
    const agent = await report(rebuilt, joined);
    expect(await wait(context)).toMatchObject({ state: 'succeeded' });
    expect(await joinStep(context)).toMatchObject({ state: 'skipped' });
    const revoked = await hub.database.query<{ incarnation: number }>('select incarnation from agent where cluster_id = $1::uuid and revoked_at is not null', [
      id,
    ]);
    expect(revoked).toEqual([{ incarnation: 1 }]);
    agent.close();
    old.close();
  });

  it('joins again an agent whose key is gone from the cluster', async () => {
    rebuilt.secrets.clear();
    expect(await joinStep(await bootstrapOf(rebuilt))).toMatchObject({ state: 'succeeded' });
  });
});
