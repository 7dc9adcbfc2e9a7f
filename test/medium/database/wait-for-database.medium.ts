import { createServer } from 'node:net';
import { waitForDatabase } from '@flotilla/database';
import { freePort } from '@flotilla/local-services';
import { freshDatabaseUrl } from '@flotilla/testing';
import { describe, expect, it } from 'vitest';
import { type PostgresDoor, postgresDoor } from '../../support/postgres-door.js';

describe('waiting for Postgres at the start of a program', () => {
  it('goes on as soon as the server is there', async () => {
    const database = await freshDatabaseUrl();
    const port = await freePort();
    const url = Object.assign(new URL(database), { host: `127.0.0.1:${port}` }).href;
    const waits: string[] = [];
    let door: Promise<PostgresDoor> | undefined;
    await waitForDatabase(url, (reason) => {
      waits.push(reason);
      if (waits.length === 2) door = postgresDoor(database, { port });
    });
    expect(waits.length).toBeGreaterThanOrEqual(2);
    expect(waits[0]).toMatch(new RegExp(`^waiting for the Postgres at 127\\.0\\.0\\.1:${port}/test_\\w+: .*ECONNREFUSED`));
    (await door)?.close();
  });

  it('gives up after the time it was given, naming the server but not its password', async () => {
    const port = await freePort();
    const failure = await waitForDatabase(`postgresql://flotilla:hush@127.0.0.1:${port}/fleet`, () => undefined, 1_000).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable' });
    expect(String(failure)).toMatch(/took no connection within 1 s: .*ECONNREFUSED.*; check DATABASE_URL and the server/);
    expect(String(failure)).not.toContain('hush');
  });

  it('gives up on a server that takes connections and never answers', async () => {
    const port = await freePort();
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
    await expect(waitForDatabase(`postgresql://flotilla@127.0.0.1:${port}/fleet`, () => undefined, 1_000)).rejects.toMatchObject({ code: 'unavailable' });
    silent.close();
  });

  it('does not wait where waiting does not help', async () => {
    const url = Object.assign(new URL(await freshDatabaseUrl()), { pathname: '/absent' }).href;
    const waits: string[] = [];
    await expect(waitForDatabase(url, (reason) => waits.push(reason))).rejects.toThrow(/refuses this program: database "absent" does not exist/);
    expect(waits).toEqual([]);
  });
});
