import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '@flotilla/database';
import { type Change, ChangeFeed } from '@flotilla/fleet/change-feed';
import { silentLogger } from '@flotilla/observability';
import { freshDatabaseUrl } from '@flotilla/testing';
import { expect, it, vi } from 'vitest';
import { postgresDoor } from '../../support/postgres-door.js';

it('announces one change after the other on its connection, however slow Postgres is', async () => {
  const warnings: string[] = [];
  const warned = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', warned);
  const door = await postgresDoor(await freshDatabaseUrl(), { delayMs: 120 });
  const database = new Database({ url: door.url, poolSize: 1 });
  const feed = new ChangeFeed(database, silentLogger());
  const seen: Change[] = [];
  try {
    await feed.listen((change) => seen.push(change));
    for (let n = 1; n <= 4; n += 1) {
      feed.publish('clusters', [`cluster-${n}`]);
      // longer than changes are gathered, shorter than Postgres takes
      await delay(40);
    }
    await vi.waitFor(() => expect(seen.flatMap((change) => change.clusterIds)).toEqual(['cluster-1', 'cluster-2', 'cluster-3', 'cluster-4']), 10_000);
    // the three that came while the first was under way went together
    expect(seen).toHaveLength(2);
    expect(warnings).toEqual([]);
  } finally {
    process.off('warning', warned);
    await feed.onApplicationShutdown();
    await database.close();
    door.close();
  }
});
