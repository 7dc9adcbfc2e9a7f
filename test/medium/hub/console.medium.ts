import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHub, type TestHub } from '../../support/test-hub.js';

const folder = mkdtempSync(path.join(tmpdir(), 'flotilla-console-'));
let hub: TestHub;
beforeAll(async () => {
  mkdirSync(path.join(folder, 'assets'));
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>console</title>');
  writeFileSync(path.join(folder, 'assets', 'index-1a2b3c.js'), 'export {};');
  writeFileSync(path.join(folder, 'favicon.svg'), '<svg/>');
  writeFileSync(path.join(folder, '..', 'flotilla-outside.txt'), 'outside');
  hub = await startTestHub({ FLOTILLA_CONSOLE_DIR: folder });
});
afterAll(async () => {
  await hub.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(path.join(folder, '..', 'flotilla-outside.txt'), { force: true });
});

describe('the console', () => {
  it.each(['/', '/fleet', '/clusters/prod-eu-1?tab=ledger'])('answers the page %s with the application, never from a cache', async (page) => {
    const answer = await hub
      .anonymous()
      .get(page)
      .expect(200)
      .expect('content-type', /text\/html/)
      .expect('cache-control', 'no-cache');
    expect(answer.text).toContain('<title>console</title>');
    expect(answer.headers['content-security-policy']).toMatch(/default-src 'self';.*object-src 'none'/);
    expect(answer.headers['x-frame-options']).toBe('DENY');
    expect(answer.headers['x-powered-by']).toBeUndefined();
  });

  it('lets files with a hash in their name be kept for ever, others be asked for anew', async () => {
    await hub.anonymous().get('/assets/index-1a2b3c.js').expect(200).expect('cache-control', 'public, max-age=31536000, immutable');
    await hub.anonymous().get('/favicon.svg').expect(200).expect('cache-control', 'no-cache');
  });

  it('hides what is not there and what lies outside', async () => {
    for (const file of ['/assets/gone-1a2b3c.js', '/..%2fflotilla-outside.txt', '/%2e%2e/flotilla-outside.txt', '/assets/..%5c..%5cflotilla-outside.txt']) {
      const answer = await hub.anonymous().get(file);
      expect([file, answer.status, answer.text.includes('outside\n') || answer.text === 'outside']).toEqual([
        file,
        expect.toSatisfy((status: number) => status >= 400),
        false,
      ]);
    }
  });

  it('leaves the API its own errors', async () => {
    expect((await hub.anonymous().get('/api/v1/clusters').set('accept', 'text/html').expect(401)).body.code).toBe('unauthenticated');
    expect((await hub.anonymous().get('/api/v2').expect(404)).body.code).toBe('not-found');
    expect((await hub.anonymous().post('/fleet').expect(404)).body.code).toBe('not-found');
  });
});
