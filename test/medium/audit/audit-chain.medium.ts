import { AuditLog } from '@flotilla/fleet/audit';
import { freshDatabase } from '@flotilla/testing';
import type { Database } from '@flotilla/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ada = { subject: 'user:ada', requestId: 'r-1' };

describe('audit chain', () => {
  let database: Database;
  let audit: AuditLog;
  beforeAll(async () => {
    database = await freshDatabase();
    audit = new AuditLog(database);
  });
  afterAll(() => database.close());

  it('links entries of concurrent writers and verifies', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        database.transaction(() => audit.append({ principal: ada, action: 'clusters:create', outcome: 'allowed', subject: `cluster/c${n}`, detail: { n } })),
      ),
    );
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 20 });
    const newest = await audit.list({ limit: 3, beforeSequence: null });
    expect(newest.map((entry) => entry.sequence)).toEqual([20, 19, 18]);
  });

  it('writes nothing when the act fails', async () => {
    await expect(
      database.transaction(async () => {
        await audit.append({ principal: ada, action: 'clusters:create', outcome: 'allowed', subject: 'cluster/x' });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 20 });
  });

  it('cannot be changed in place', async () => {
    await expect(database.pool.query(`update audit_entry set actor = 'user:eve' where sequence = 3`)).rejects.toThrow(/append-only/);
  });

  it('tells where it was tampered with by somebody who can disable the trigger', async () => {
    await database.pool.query('alter table audit_entry disable trigger audit_entry_immutable');
    await database.pool.query(`update audit_entry set actor = 'user:eve' where sequence = 7`);
    expect(await audit.verify()).toMatchObject({ ok: false, brokenAt: 7, message: 'entry 7 was changed' });
    await database.pool.query(`update audit_entry set actor = 'user:ada' where sequence = 7`);
    await database.pool.query('delete from audit_entry where sequence = 20');
    expect(await audit.verify()).toMatchObject({ ok: false, brokenAt: 20 });
  });
});
