import { randomBytes } from 'node:crypto';
import { OutboxRelay } from '@flotilla/fleet/outbox';
import { Database } from '@flotilla/database';
import { loadConfig } from '@flotilla/config';
import { silentLogger } from '@flotilla/observability';
import { freshDatabaseUrl } from '@flotilla/testing';
import { expect, it } from 'vitest';
import { createWorker } from '../../../apps/worker/src/create-worker.js';
import { workerConfig } from '../../../apps/worker/src/worker.config.js';

it('starts with a handler for every job, and stops', async () => {
  const config = loadConfig(workerConfig, { DATABASE_URL: await freshDatabaseUrl(), FLOTILLA_SECRET_KEY: randomBytes(32).toString('base64') });
  const worker = await createWorker(config, silentLogger());
  try {
    expect(await worker.get(OutboxRelay).relayBatch()).toBe(0);
    expect(await worker.get(Database).query<{ one: number }>('select 1 as one')).toEqual([{ one: 1 }]);
  } finally {
    await worker.close();
  }
});
