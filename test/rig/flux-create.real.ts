import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fluxCreateCases, valuesContent, valuesFile } from '../support/cli/flux-create-cases.js';
import { flotilla } from '../support/cli/run-flotilla.js';
import { runFlux } from './flux.js';

/** What `flotilla create … --export` prints, and the golden files of the unit test, are what the real flux prints, byte for byte. */
describe('create … --export beside the real flux', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'flotilla-create-'));
    await writeFile(join(directory, valuesFile), valuesContent);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.each(fluxCreateCases)('$name', async ({ name, args }) => {
    const flux = await runFlux(['create', ...args, '--export'], { cwd: directory });
    expect({ code: flux.code, stderr: flux.stderr.replace(/^✚.*\n/, '') }).toEqual({ code: 0, stderr: '' });
    const printed = flux.stdout.toString('utf8');
    const ours = await flotilla(undefined, ['create', ...args, '--export'], { files: { [valuesFile]: valuesContent } });
    expect(ours.stdout).toBe(printed);
    expect(await readFile(new URL(`../golden/flux-create/${name}.yaml`, import.meta.url), 'utf8')).toBe(printed);
  });
});
