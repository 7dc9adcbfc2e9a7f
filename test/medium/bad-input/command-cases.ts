import { randomUUID } from 'node:crypto';
import { AgentSessions } from '../../../apps/hub/src/agents/agent-sessions.js';
import type { CommandArguments, CommandClaims, CommandResponse, CommandResult } from '@flotilla/contracts';
import { CommandKeys } from '@flotilla/fleet/agents';
import { Commands } from '@flotilla/fleet/commands';
import { vi } from 'vitest';
import { waitFor } from '../../rig/wait-for.js';
import type { BadInput, Refusal } from './refusal.js';
import { type Scene, workload } from './scene.js';

export type Joined = Awaited<ReturnType<Scene['startVirtualCluster']>>;

const again = /order it again/;
/** The source that rollbacks pin. */
export const fleet = { kind: 'GitRepository', namespace: 'flux-system', name: 'fleet' };
const commit = 'a'.repeat(40);

/** Sends a signed command over the agent's real connection, as a delayed or repeating network would; gives what the agent answers. */
export async function carry({ hub }: Scene, { cluster }: Joined, claims: Partial<CommandClaims> & { arguments: CommandArguments }): Promise<CommandResult> {
  const session = hub.app.get(AgentSessions, { strict: false }).find(cluster.id)?.session;
  if (!session) throw new Error('the agent is not connected');
  const id = claims.id ?? randomUUID();
  const jws = await hub.app.get(CommandKeys).sign({
    id,
    clusterId: cluster.id,
    incarnation: session.agent.incarnation,
    number: Date.now() + 1_000_000,
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    precondition: {},
    ...claims,
  });
  const taken = vi.spyOn(hub.app.get(Commands, { strict: false }), 'finish');
  try {
    session.send({ type: 'command', jws });
    return await waitFor(`the answer to ${id}`, () => taken.mock.calls.map(([, result]) => result).find((result) => result.id === id));
  } finally {
    taken.mockRestore();
  }
}

const answered = ({ outcome, message }: Pick<CommandResult, 'outcome' | 'message'>): Refusal => ({ code: outcome, sentence: message, text: message });
const stored = (scene: Scene, id: string): Promise<CommandResponse> => scene.command(id);
/** The number that was given to a command, which its signature covers. */
async function numberOf({ hub }: Scene, id: string): Promise<number> {
  const [row] = await hub.database.query<{ number: bigint }>('select number from command where id = $1::uuid', [id]);
  return Number(row?.number);
}

/** `joined`: the virtual cluster, once it is there. */
export const lateAndRepeatedCommands = (joined: () => Joined): BadInput[] => [
  {
    title: 'a command that comes after its expiry',
    code: 'expired',
    says: again,
    prepare: async (scene) => async () =>
      answered(await carry(scene, joined(), { arguments: { type: 'pin', object: fleet, commit }, expiresAt: new Date(Date.now() - 1_000).toISOString() })),
  },
  {
    title: 'an older command after a newer one',
    code: 'superseded',
    says: again,
    prepare: async (scene) => {
      const number = (await numberOf(scene, joined().done.id)) - 1;
      return async () => answered(await carry(scene, joined(), { number, arguments: { type: 'suspend', object: workload } }));
    },
  },
  {
    title: 'another command under the number of one carried out',
    code: 'superseded',
    says: again,
    prepare: async (scene) => {
      const number = await numberOf(scene, joined().done.id);
      return async () => answered(await carry(scene, joined(), { number, arguments: { type: 'suspend', object: workload } }));
    },
  },
  {
    // sent again by the hub itself after a reconnect: answered as when it was carried out, and not carried out again
    title: 'a command a second time',
    code: 'succeeded',
    says: /^$/,
    prepare: async (scene) => {
      const { id } = joined().done;
      const number = await numberOf(scene, id);
      const same: CommandArguments = { type: 'reconcile', object: workload, requestedAt: new Date().toISOString(), withSource: false };
      return async () => answered(await carry(scene, joined(), { id, number, arguments: same }));
    },
  },
  {
    title: 'a command for an agent that stays away',
    code: 'expired',
    says: again,
    prepare: async (scene) => {
      const order = { type: 'reconcile', object: workload, ttlSeconds: 1 };
      await scene.hub.database.query(
        `insert into flux_object (cluster_id, kind, namespace, name, state, reason, message, status, incarnation, observed_at, received_at)
         values ($1::uuid, $2, $3, $4, 'ready', '', '', '{}', 1, now(), now()) on conflict do nothing returning 1 as ok`,
        [scene.registered.id, workload.kind, workload.namespace, workload.name],
      );
      const made = await scene.hub.admin().post(`/api/v1/clusters/${scene.registered.id}/commands`).send(order).expect(202);
      const { id } = made.body as CommandResponse;
      const sweep = scene.hub.app.get(Commands, { strict: false });
      await waitFor('the command to expire', async () => (await stored(scene, id)).state === 'expired');
      await sweep.expireOverdue();
      return async () => {
        const { state, message } = await stored(scene, id);
        return { code: state, sentence: message, text: message };
      };
    },
  },
];
