import { tmpdir } from 'node:os';
import { FlotillaError } from '@flotilla/contracts';
import type { Outbound } from '@flotilla/outbound';
import { runGit, searchPathDefault } from '../cli/run-git.js';

const scanTimeoutSeconds = 10;
/** Preferred first; one key is enough, as flux stores the one the server offers. */
const preferred = ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-ed25519', 'ssh-rsa'];

/**
 * The `known_hosts` line of an SSH server, trusted on first use: what it offers now. Give known hosts in the credentials where that is too little.
 * Throws `git-unreachable` when it offers none, `outbound-blocked` when its address may not be called.
 */
export async function scanHostKeys(url: string, outbound: Outbound, searchPath: string = searchPathDefault): Promise<string> {
  const endpoint = await outbound.assertGitUrlAllowed(url);
  const action = `asking ${endpoint.host}:${endpoint.port} for its host key`;
  const { stdout } = await runGit(['-T', String(scanTimeoutSeconds), '-p', String(endpoint.port), endpoint.address], {
    program: 'ssh-keyscan',
    directory: tmpdir(),
    action,
    environment: { PATH: searchPath, LC_ALL: 'C' },
    timeoutMs: (scanTimeoutSeconds + 5) * 1000,
    accept: [1],
  });
  const keys = stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' '));
  const chosen = preferred.map((type) => keys.find((key) => key[1] === type)).find((key) => key !== undefined);
  if (!chosen) throw new FlotillaError('git-unreachable', `${action}: it offered none; check host and port`);
  const name = endpoint.port === 22 ? endpoint.host : `[${endpoint.host}]:${endpoint.port}`;
  return `${name} ${chosen[1] ?? ''} ${chosen[2] ?? ''}\n`;
}
