import fc from 'fast-check';
import type { DataFrame, ObjectStatus } from '@flotilla/contracts';
import type { Database } from '@flotilla/database';
import { ClusterStream, ClusterView, ConnectionsRepository, IngestWriter } from '@flotilla/fleet/agents';
import { TransitionSinks } from '@flotilla/fleet/objects';
import { freshDatabase } from '@flotilla/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { someFacts } from '../../support/fake-agent.js';
import { addCluster } from '../../support/gateway-hub.js';
import { aKustomization } from '../../support/some-status.js';

const names = ['a', 'b', 'c'];
/** What happens: an object changes or goes, and what becomes of the frame that says so. */
const step = fc.record({
  name: fc.constantFrom(...names),
  digit: fc.constantFrom('1', '2', '3', null),
  fate: fc.constantFrom('arrives', 'arrives', 'arrives', 'arrives twice', 'is lost', 'comes after the next', 'breaks the connection'),
  commit: fc.boolean(),
});
const silent = { committed: () => undefined, fenced: () => undefined, failed: () => undefined };

describe('ingest, whatever becomes of frames', () => {
  let database: Database;
  let writer: IngestWriter;
  let connections: ConnectionsRepository;
  beforeAll(async () => {
    database = await freshDatabase();
    writer = new IngestWriter(database, new TransitionSinks([]));
    connections = new ConnectionsRepository(database);
  });
  afterAll(() => database.close());

  it('ends with what the agent has: replays, reorders, losses and reconnects change nothing', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        run += 1;
        const clusterId = await addCluster(database, `order-${run}`);
        const epoch = crypto.randomUUID();
        const truth = new Map<string, ObjectStatus>();
        let sequence = 0;
        const open = async (): Promise<ClusterStream> => {
          const claimed = await connections.claim(clusterId, { replica: crypto.randomUUID(), epoch, facts: someFacts });
          const stored = await connections.load(clusterId);
          const view = new ClusterView(clusterId);
          view.load(stored.statuses, stored.intervals);
          const resumes = claimed!.epoch === epoch;
          return new ClusterStream({ clusterId, generation: claimed!.generation, incarnation: 1 }, epoch, view, silent, {
            sequence: resumes ? claimed!.sequence : 0,
            awaitSnapshot: !resumes,
          });
        };
        const write = async (stream: ClusterStream): Promise<void> => {
          const one = stream.takeWrite();
          expect(await writer.write([one])).toEqual(new Set([clusterId]));
          // a commit in doubt is written again
          await writer.write([one]);
        };
        const snapshot = (): DataFrame => ({ type: 'snapshot', epoch, sequence: (sequence += 1), objects: [...truth.values()], start: true, end: true });

        let stream = await open();
        const earlier: ClusterStream[] = [];
        stream.take(snapshot());
        let late: DataFrame | null = null;
        for (const { name, digit, fate, commit } of steps) {
          const key = { kind: 'Kustomization', namespace: 'flux-system', name };
          if (digit === null) truth.delete(name);
          else truth.set(name, aKustomization(name, digit));
          const upsert = truth.get(name);
          const frame: DataFrame = { type: 'deltas', epoch, sequence: (sequence += 1), upserts: upsert ? [upsert] : [], deletes: upsert ? [] : [key] };
          if (fate === 'comes after the next') late = frame;
          else if (fate === 'breaks the connection') {
            earlier.push(stream);
            stream = await open();
          } else if (fate !== 'is lost') {
            stream.take(frame);
            if (fate === 'arrives twice') stream.take(frame);
            if (late) {
              stream.take(late);
              late = null;
            }
          }
          if (commit) await write(stream);
        }
        // what earlier connections still hold is written by nobody
        for (const old of earlier) expect(await writer.write([old.takeWrite()])).toEqual(new Set());
        // the hub asks for a snapshot where a frame is missing; here it always does, in the end
        stream.take(snapshot());
        await write(stream);

        const { rows } = await database.pool.query<{ name: string; sha: string; version: string }>(
          `select name, sha, status ->> 'resourceVersion' as version from flux_object where cluster_id = $1 order by name`,
          [clusterId],
        );
        const expected = [...truth.values()].sort((x, y) => (x.name < y.name ? -1 : 1));
        expect(rows).toEqual(expected.map((status) => ({ name: status.name, sha: status.revision?.slice(-40), version: status.resourceVersion })));
        const ledger = await database.pool.query<{ name: string; sha: string }>(
          'select name, sha from ledger_entry where cluster_id = $1 and to_at is null order by name',
          [clusterId],
        );
        expect(ledger.rows).toEqual(rows.map(({ name, sha }) => ({ name, sha })));
        const [cluster] = (
          await database.pool.query<{ object_count: number; ready_count: number }>('select object_count, ready_count from cluster where id = $1', [clusterId])
        ).rows;
        expect(cluster).toEqual({ object_count: truth.size, ready_count: truth.size });
      }),
      { numRuns: 40 },
    );
  });
});
