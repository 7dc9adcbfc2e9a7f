import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aKubeconfig } from '../../../test/support/cli/builders.js';
import { fakeHub, problem } from '../../../test/support/cli/fake-hub.js';
import { flotilla } from '../../../test/support/cli/run-flotilla.js';
import { shellWords } from '../../../test/support/docs-commands.js';
import { examplesOf } from './commands/options.js';
import { describeProgram, leafCommands, renderCliReference } from './reference.js';

const commands = leafCommands(await describeProgram()).map(({ path, command }) => ({
  path,
  examples: examplesOf(command),
  description: command.description(),
}));

describe('the reference', () => {
  it('is what docs/reference/cli.md holds', async () => {
    expect(readFileSync(new URL('../../../docs/reference/cli.md', import.meta.url), 'utf8')).toBe(await renderCliReference());
  });

  it.each(commands)('$path has a description and an example', ({ path, examples, description }) => {
    expect(description).not.toBe('');
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples)
      expect(`flotilla ${example}`.startsWith(path) || /^flotilla (create hr|reconcile|suspend|resume) /.test(`flotilla ${example}`)).toBe(true);
  });
});

describe('every example', () => {
  const hub = fakeHub(problem('unavailable', 503, 'this hub only refuses'));

  it.each(commands.flatMap(({ examples }) => examples))('flotilla %s', async (example) => {
    const kubeconfig = JSON.stringify(aKubeconfig({ token: 't' }));
    const { code, stderr } = await flotilla(hub.url, shellWords(example), {
      files: new Proxy({}, { get: () => 'a: 1' }),
      gitToken: 't',
      programs: () => ({ stdout: kubeconfig }),
    });
    // understood: it is done, or it came as far as the hub
    expect({ understood: code === 0 || stderr.includes('this hub only refuses'), code, stderr }).toMatchObject({ understood: true });
  });
});
