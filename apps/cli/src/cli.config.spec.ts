import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCliConfig } from './cli.config.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'flotilla-cli-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('readCliConfig', () => {
  it('takes the credentials that a local start left', () => {
    mkdirSync(join(directory, '.flotilla'));
    writeFileSync(join(directory, '.flotilla', 'credentials'), 'Console: http://127.0.0.1:8080\nLogin: admin / secret\nToken:   flt_abc\n');
    expect(readCliConfig({}, directory, false)).toMatchObject({ url: 'http://127.0.0.1:8080', token: 'flt_abc', color: false });
    expect(readCliConfig({ FLOTILLA_URL: 'https://hub', FLOTILLA_TOKEN: 'flt_env', FLOTILLA_CA: 'ca.pem' }, directory, true)).toMatchObject({
      url: 'https://hub',
      token: 'flt_env',
      caFile: 'ca.pem',
      color: true,
    });
  });

  it('knows nothing elsewhere, and no colour with NO_COLOR', () => {
    expect(readCliConfig({ NO_COLOR: '1', GITHUB_TOKEN: 'gh' }, directory, true)).toEqual({
      url: undefined,
      token: undefined,
      caFile: undefined,
      color: false,
      gitTokens: { github: 'gh', gitea: undefined, git: undefined },
    });
  });
});
