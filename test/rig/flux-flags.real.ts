import { describe, expect, it } from 'vitest';
import { describeProgram, leafCommands } from '../../apps/cli/src/reference.js';
import { fluxOutput } from './flux.js';

interface Flag {
  readonly name: string;
  readonly short: string | undefined;
}

/** Flags that are flux's business alone, by name. */
const exceptions: Readonly<Record<string, string>> = { help: 'every command has it, without an option of its own' };

/** Commands that are left to flux. */
const left: Readonly<Record<string, string>> = {
  'create secret notation': 'it validates trust policies, which is the business of the Notation library',
  'create secret receiver': "it computes the receiver's path, which notification-controller shows in the Receiver's status",
};

/** Flags and global flags of a help text: `  -p, --password string   basic…`. */
function flagsOf(help: string): Flag[] {
  return [...help.slice(help.indexOf('\nFlags:')).matchAll(/^ +(?:-(\w), )?--([a-z0-9-]+)(?= |$)/gm)]
    .map(([, short, name]) => ({ name: name ?? '', short }))
    .filter(({ name }) => exceptions[name] === undefined);
}

/** Names of the commands below one, from its help. */
async function childrenOf(words: readonly string[]): Promise<string[]> {
  const [, list] = /^Available Commands:\n((?: +.*\n)+)/m.exec(await fluxOutput([...words, '--help'])) ?? [];
  return [...(list ?? '').matchAll(/^ +([a-z0-9-]+)/gm)].map(([, name]) => name ?? '');
}

async function leavesOf(words: readonly string[]): Promise<string[]> {
  const children = await childrenOf(words);
  return children.length === 0 ? [words.join(' ')] : (await Promise.all(children.map((child) => leavesOf([...words, child])))).flat();
}

const ours = new Map(leafCommands(await describeProgram()).map(({ path, command }) => [path.replace('flotilla ', ''), command]));

/** Every flag of the real flux is taken, or refused with a reason: none is an unknown option. */
async function unknownFlags(path: string): Promise<string[]> {
  const flags = flagsOf(await fluxOutput([...path.split(' '), '--help']));
  expect(flags.length).toBeGreaterThan(20);
  const options = ours.get(path)?.options ?? [];
  return flags
    .filter(({ name, short }) => {
      const option = options.find(({ long }) => long === `--${name}`) ?? options.find(({ long }) => long === `--no-${name}`);
      return option === undefined || (short !== undefined && option.short !== `-${short}`);
    })
    .map(({ name, short }) => (short === undefined ? name : `${name} (-${short})`));
}

describe('flags of the real flux bootstrap', () => {
  it.each(['git', 'github', 'gitea'])('%s', async (provider) => expect(await unknownFlags(`bootstrap ${provider}`)).toEqual([]));
});

describe('flags of the real flux create', async () => {
  const paths = (await leavesOf(['create'])).filter((path) => left[path] === undefined);
  it('are those of every kind we know', () => expect(paths.filter((path) => !ours.has(path))).toEqual([]));
  it.each(paths)('%s', async (path) => expect(await unknownFlags(path)).toEqual([]));
});
