import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../rig/command.js';
import { runFlux } from '../rig/flux.js';

const CLI = resolve(import.meta.dirname, '..', '..', 'apps', 'cli', 'dist', 'main.js');
const GIT_URL = '--url=https://git.example.com/org/apps';

/** What both must refuse. */
const mistakes: readonly (readonly string[])[] = [
  ['source', 'git', 'apps', '--branch=main'],
  ['source', 'git', 'apps', '--url=ftp://git.example.com/x', '--branch=main'],
  ['source', 'oci', 'apps', '--url=oci://registry.example.com/x'],
  ['kustomization', 'apps', '--source=HelmRepository/charts'],
  ['kustomization', 'apps', '--source=GitRepository/apps', '--health-check=Pod/web.apps'],
  ['helmrelease', 'web', '--source=HelmRepository/charts'],
  ['alert', 'apps', '--event-source=Kustomization/apps'],
  ['receiver', 'github', '--type=none', '--secret-ref=x', '--resource=GitRepository/apps'],
  ['source', 'git', 'Not_A_Name', GIT_URL, '--branch=main'],
];

describe('flotilla create … --export and the real flux', () => {
  it.each(mistakes.map((args) => [args.join(' '), args] as const))('both refuse %s', async (_title, args) => {
    const given = ['create', ...args, '--export'];
    const theirs = await runFlux(given);
    const ours = await runCommand(process.execPath, [CLI, ...given]);
    expect([theirs.code === 0, ours.code === 0]).toEqual([false, false]);
    expect(ours.stdout.toString()).toBe('');
  });
});
