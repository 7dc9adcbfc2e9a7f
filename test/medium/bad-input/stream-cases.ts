import { randomUUID } from 'node:crypto';
import type { HubMessage } from '@flotilla/contracts';
import WebSocket from 'ws';
import { assertionOf, newAgentKey } from '../../support/agent-key.js';
import { FakeAgent } from '../../support/fake-agent.js';
import { aKustomization } from '../../support/some-status.js';
import { type BadInput, type Refusal, refusalOf } from './refusal.js';
import type { Scene } from './scene.js';

const sameVersion = /run an agent of (the version of this hub|its version)/;
const assertion = ({ hub, key, joined }: Scene) => assertionOf(key, joined.id, { audience: hub.url });

async function closedWith(agent: FakeAgent): Promise<Refusal> {
  const close: Extract<HubMessage, { type: 'close' }> = await agent.next('close');
  await agent.closed();
  return { code: close.code, sentence: close.reason, text: JSON.stringify(close) };
}

/** An agent that is welcome sends a frame. */
const frame = (title: string, code: string, says: RegExp, text: string | ((agent: FakeAgent) => string)): BadInput => ({
  title,
  code,
  says,
  prepare: async (scene) => {
    const agent = await FakeAgent.connect(scene.hub.url, scene.joined.id, { assertion: await assertion(scene) });
    await agent.acked(agent.snapshot([aKustomization('web', 'a')]));
    return async () => {
      agent.raw(typeof text === 'string' ? text : text(agent));
      return closedWith(agent);
    };
  },
});

/** A socket that is open says what is no good hello. */
const hello = (title: string, code: string, says: RegExp, over: (scene: Scene) => object): BadInput => ({
  title,
  code,
  says,
  prepare: async (scene) => {
    const agent = await FakeAgent.dial(scene.hub.url, scene.joined.id, { assertion: await assertion(scene) });
    const facts = { agentVersion: 'v', kubernetesVersion: 'v', clusterUid: 'u' };
    const base = { v: 1, type: 'hello', protocol: 1, clusterId: scene.joined.id, incarnation: 1, epoch: agent.epoch, sequence: 0, digest: 'd' };
    return async () => {
      agent.raw(JSON.stringify({ ...base, clock: new Date().toISOString(), facts, ...over(scene) }));
      return closedWith(agent);
    };
  },
});

/** A connection that is refused before it is one. */
const upgrade = (title: string, code: string, says: RegExp, bearer: (scene: Scene) => Promise<string | null>): BadInput => ({
  title,
  code,
  says,
  prepare: async (scene) => {
    const token = await bearer(scene);
    return () =>
      new Promise((resolve, reject) => {
        const headers = token === null ? {} : { authorization: `Bearer ${token}` };
        const socket = new WebSocket(`${scene.hub.url.replace(/^http/, 'ws')}/agent/v1/stream`, { headers });
        socket.on('open', () => reject(new Error('the connection was let in')));
        socket.on('error', () => undefined);
        socket.on('unexpected-response', (_request, response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
          response.on('end', () => {
            try {
              resolve(refusalOf({ status: response.statusCode ?? 0, headers: response.headers, text }));
            } catch (error) {
              reject(error as Error);
            }
          });
        });
      });
  },
});

const rejoin = /join the cluster again/;
const epoch = '00000000-0000-4000-8000-000000000000';
const deltas = (over: object): string => JSON.stringify({ v: 1, type: 'deltas', epoch, sequence: 1, upserts: [], deletes: [], ...over });

export const malformedFrames: BadInput[] = [
  frame('what is not JSON', 'malformed', sameVersion, '{'),
  frame('bytes that are not text', 'malformed', sameVersion, '\u0000\u0001'),
  frame('no type', 'malformed', sameVersion, '{"v":1}'),
  frame('an object that does not fit', 'malformed', sameVersion, deltas({ upserts: [{}] })),
  frame('another version of the envelope', 'malformed', sameVersion, deltas({ v: 2 })),
  frame('more objects than a frame holds', 'malformed', sameVersion, (agent) =>
    JSON.stringify({
      v: 1,
      type: 'deltas',
      epoch: agent.epoch,
      sequence: 2,
      upserts: [],
      deletes: Array.from({ length: 501 }, (_, n) => ({ kind: 'Kustomization', namespace: 'a', name: `n${n}` })),
    }),
  ),
  frame('a result of no command', 'malformed', sameVersion, JSON.stringify({ v: 1, type: 'command.result', result: { id: 'x' } })),
  frame('a frame over 1 MiB', 'malformed', sameVersion, 'x'.repeat(1024 * 1024 + 1)),
  frame('a frame of another epoch', 'protocol', /connect again/, deltas({})),
  hello('a hello of another protocol', 'protocol', sameVersion, () => ({ protocol: 99 })),
  hello('a hello for another cluster', 'protocol', rejoin, ({ registered }) => ({ clusterId: registered.id })),
  hello('a hello of another incarnation', 'protocol', rejoin, () => ({ incarnation: 2 })),
];

export const wrongAssertions: BadInput[] = [
  upgrade('connecting without an assertion', 'assertion-invalid', /connect with the agent's signed assertion/, () => Promise.resolve(null)),
  upgrade('connecting with what is no assertion', 'assertion-invalid', rejoin, () => Promise.resolve('nonsense')),
  upgrade('connecting with an assertion by another key', 'assertion-invalid', rejoin, async ({ hub, joined }) =>
    assertionOf(await newAgentKey(), joined.id, { audience: hub.url }),
  ),
  upgrade('connecting with an assertion for another hub', 'assertion-invalid', /hub URL/, ({ key, joined }) =>
    assertionOf(key, joined.id, { audience: 'http://elsewhere.example.test' }),
  ),
  upgrade('connecting with an assertion of a minute ago', 'assertion-invalid', /check the agent's clock/, ({ hub, key, joined }) =>
    assertionOf(key, joined.id, { audience: hub.url, age: 200 }),
  ),
  upgrade('connecting twice with one assertion', 'assertion-invalid', rejoin, async (scene) => {
    const once = await assertionOf(scene.key, scene.joined.id, { audience: scene.hub.url, jti: randomUUID() });
    (await FakeAgent.dial(scene.hub.url, scene.joined.id, { assertion: once })).close();
    return once;
  }),
];
