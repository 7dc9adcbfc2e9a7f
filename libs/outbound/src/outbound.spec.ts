import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlotillaError } from '@flotilla/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyAddress, createOutbound, isAddressAllowed, parseAllowList, parseGitUrl } from './index.js';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof FlotillaError ? error.code : `not classified: ${String(error)}`;
  }
}

describe('address classes', () => {
  it.each([
    ['93.184.216.34', 'public'],
    ['2606:4700::1111', 'public'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['127.0.0.1', 'private'],
    ['::1', 'private'],
    ['fd12::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['64:ff9b::7f00:1', 'private'],
    ['169.254.169.254', 'never'],
    ['169.254.0.1', 'never'],
    ['fe80::1', 'never'],
    ['fe80::1%eth0', 'never'],
    ['fd00:ec2::254', 'never'],
    ['100.100.100.200', 'never'],
    ['::ffff:169.254.169.254', 'never'],
    ['64:ff9b::a9fe:a9fe', 'never'],
    ['2002:a9fe:a9fe::1', 'never'],
    ['0.0.0.0', 'never'],
    ['::', 'never'],
    ['224.0.0.1', 'never'],
    ['255.255.255.255', 'never'],
    ['not an address', 'never'],
  ])('%s is %s', (address, expected) => expect(classifyAddress(address)).toBe(expected));

  it('opens private ranges by the list, metadata never', () => {
    const all = parseAllowList(['0.0.0.0/0', '::/0']);
    expect(isAddressAllowed('10.0.0.1', all)).toBe(true);
    expect(isAddressAllowed('::1', all)).toBe(true);
    expect(isAddressAllowed('169.254.169.254', all)).toBe(false);
    expect(isAddressAllowed('fd00:ec2::254', all)).toBe(false);
    expect(isAddressAllowed('10.0.0.1', parseAllowList(['10.0.0.0/24']))).toBe(true);
    expect(isAddressAllowed('10.0.1.1', parseAllowList(['10.0.0.0/24']))).toBe(false);
  });

  it('names the wrong entry of the list', () => expect(() => parseAllowList(['10.0.0.0/99'])).toThrow('10.0.0.0/99'));
});

describe('Git URLs', () => {
  it.each(['https://example.com/o/r.git', 'ssh://git@example.com:2222/o/r', 'http://127.0.0.1:3000/o/r.git'])('takes %s', (url) =>
    expect(parseGitUrl(url).url).toBe(url),
  );
  it.each([
    'git@example.com:o/r.git',
    'file:///etc',
    'ext::sh -c id',
    'https://u:p@example.com/o/r',
    'ssh://-oProxyCommand=id/x',
    'https://example.com',
    'https://example.com/a?b',
    '',
  ])('refuses %s', (url) => {
    expect(() => parseGitUrl(url)).toThrow(FlotillaError);
  });
});

describe('outbound calls', () => {
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '';
      if (path === '/big') return void response.end(Buffer.alloc(10_000));
      if (path === '/slow') return undefined;
      if (path === '/loop') return void response.writeHead(302, { location: '/loop' }).end();
      if (path === '/to-metadata') return void response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
      if (path === '/once') return void response.writeHead(302, { location: `http://localhost:${(server.address() as AddressInfo).port}/echo` }).end();
      return void response.end(JSON.stringify({ path, authorization: request.headers.authorization ?? null }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const local = createOutbound({ allow: ['127.0.0.0/8', '::1'], resolver: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) });
  afterAll(() => local.close());

  it('gives status, headers and body', async () => expect((await local.request(`${origin}/x`)).json()).toEqual({ path: '/x', authorization: null }));
  it('refuses loopback that is not allowed, by address and by name', async () => {
    const strict = createOutbound({
      resolver: () =>
        Promise.resolve([
          { address: '93.184.216.34', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ]),
    });
    expect(await codeOf(strict.request(origin))).toBe('outbound-blocked');
    expect(await codeOf(strict.request(origin.replace('127.0.0.1', 'rebind.example')))).toBe('outbound-blocked');
    await strict.close();
  });
  it('checks where a redirect leads and bounds them', async () => {
    expect(await codeOf(local.request(`${origin}/to-metadata`))).toBe('outbound-blocked');
    expect(await codeOf(local.request(`${origin}/loop`))).toBe('unavailable');
  });
  it('sends credentials only to the origin they are for', async () => {
    expect((await local.request(`${origin}/once`, { headers: { authorization: 'Bearer x' } })).json()).toEqual({ path: '/echo', authorization: null });
  });
  it('bounds body and time', async () => {
    expect(await codeOf(local.request(`${origin}/big`, { bodyBytesMax: 100 }))).toBe('unavailable');
    expect(await codeOf(local.request(`${origin}/slow`, { timeoutMs: 100 }))).toBe('outbound-timeout');
  });
  it('calls http and https only', async () => expect(await codeOf(local.request('file:///etc/passwd'))).toBe('outbound-blocked'));
});
