import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HubClient } from './hub-client.js';
import { collect } from './pages.js';

const session = { subject: 'admin', kind: 'token', grants: [], permissions: ['clusters:read'], expiresAt: null };
type Answer = { status?: number; type?: string; body: string | object };
const servers: Server[] = [];

async function hub(answer: (request: IncomingMessage & { text: string }) => Answer | undefined): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const given = answer(Object.assign(request, { text: Buffer.concat(chunks).toString() }));
      if (!given) return;
      response.writeHead(given.status ?? 200, { 'content-type': given.type ?? 'application/json' });
      response.end(typeof given.body === 'string' ? given.body : JSON.stringify(given.body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('HubClient', () => {
  it('sends the token and gives the parsed answer without fields it does not know', async () => {
    const url = await hub((request) => ({ body: { ...session, subject: request.headers.authorization ?? '', later: 1 } }));
    expect(await new HubClient({ url: `${url}/`, token: 'flt_x' }).session.read()).toEqual({ ...session, subject: 'Bearer flt_x' });
  });

  it('escapes names in paths and queries, and gives POSTs a key of their own', async () => {
    const seen: string[] = [];
    const keys: (string | string[] | undefined)[] = [];
    const url = await hub((request) => {
      seen.push(`${request.method} ${request.url} ${request.text}`);
      keys.push(request.headers['idempotency-key']);
      return { status: 404, body: '' };
    });
    const client = new HubClient({ url });
    await expect(client.clusters.explain('a/b', 'main@sha1:1')).rejects.toMatchObject({ code: 'not-found' });
    await expect(client.tokens.create({ name: 'ci', role: 'viewer' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(client.tokens.create({ name: 'ci', role: 'viewer' }, { idempotencyKey: 'mine' })).rejects.toMatchObject({ code: 'not-found' });
    expect(seen).toEqual([
      'GET /api/v1/clusters/a%2Fb/explain?revision=main%40sha1%3A1 ',
      'POST /api/v1/tokens {"name":"ci","role":"viewer"}',
      'POST /api/v1/tokens {"name":"ci","role":"viewer"}',
    ]);
    expect(keys).toEqual([undefined, expect.stringMatching(/^[0-9a-f]{32}$/), 'mine']);
  });

  it('turns a problem document into its error', async () => {
    const url = await hub(() => ({
      status: 409,
      type: 'application/problem+json',
      body: { code: 'path-overlaps', detail: 'path clusters/a overlaps', errors: [{ path: 'path', message: 'overlaps' }] },
    }));
    await expect(new HubClient({ url }).clusters.create({ name: 'a' })).rejects.toMatchObject({
      name: 'FlotillaError',
      code: 'path-overlaps',
      message: 'path clusters/a overlaps',
      options: { errors: [{ path: 'path', message: 'overlaps' }] },
    });
  });

  it('names the code of answers that are not problem documents', async () => {
    const url = await hub((request) => ({ status: Number(request.url?.slice(-3)), type: 'text/html', body: '<html>' }));
    const client = new HubClient({ url });
    for (const [status, code] of [
      [401, 'unauthenticated'],
      [418, 'bad-request'],
      [429, 'rate-limited'],
      [500, 'internal'],
      [503, 'unavailable'],
    ] as const) {
      await expect(client.operations.get(String(status))).rejects.toMatchObject({ code });
    }
  });

  it('says when the answer is not JSON, is not the schema, does not come in time, or nobody listens', async () => {
    const url = await hub((request) => (request.url?.endsWith('html') ? { body: '<html>' } : request.url?.endsWith('odd') ? { body: { id: 1 } } : undefined));
    const client = new HubClient({ url, timeoutMs: 80 });
    await expect(client.operations.get('html')).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('not a Flotilla hub') });
    await expect(client.operations.get('odd')).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('is not understood') });
    await expect(client.operations.get('silent')).rejects.toMatchObject({ code: 'outbound-timeout' });
    await expect(new HubClient({ url: 'http://127.0.0.1:1' }).session.read()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('cannot reach the hub at http://127.0.0.1:1'),
    });
  });

  it('follows cursors to the end of a list, and refuses one that stands still', async () => {
    const item = (id: string) => ({
      id: `00000000-0000-4000-8000-00000000000${id}`,
      name: 't',
      role: 'viewer',
      selector: '',
      createdBy: 'a',
      createdAt: '2026-01-01T00:00:00Z',
      expiresAt: '2026-01-01T00:00:00Z',
      lastUsedAt: null,
      revokedAt: null,
    });
    const url = await hub((request) => {
      const cursor = new URL(request.url ?? '', 'http://x').searchParams.get('cursor');
      if (request.headers['x-still']) return { body: { items: [], nextCursor: 'same' } };
      return { body: cursor === null ? { items: [item('1'), item('2')], nextCursor: 'c' } : { items: [item('3')], nextCursor: null } };
    });
    expect((await collect(new HubClient({ url }).tokens.all({}))).map(({ id }) => id.slice(-1))).toEqual(['1', '2', '3']);
    await expect(collect(new HubClient({ url, headers: { 'x-still': '1' } }).tokens.all({}))).rejects.toThrow('same page twice');
  });

  it('reads events in any framing and skips what it does not know', async () => {
    const topic = (name: string) => JSON.stringify({ topic: name, clusterIds: [] });
    const url = await hub(() => ({
      type: 'text/event-stream',
      body: `: hello\n\nid: 7\ndata: ${topic('clusters')}\n\ndata: nonsense\n\ndata: ${topic('new')}\n\nid:8\r\nevent: change\r\ndata:${topic('alerts')}\r\n\r\ndata: ${topic('refresh')}`,
    }));
    expect(await collect(new HubClient({ url }).events())).toEqual([
      { topic: 'clusters', clusterIds: [], id: '7' },
      { topic: 'alerts', clusterIds: [], id: '8' },
    ]);
  });
});
