import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseRouting } from '@flotilla/domain';
import { describe, expect, it } from 'vitest';
import { describeProgram } from '../apps/cli/src/reference.js';
import { aKubeconfig } from '../test/support/cli/builders.js';
import { fakeHub, problem } from '../test/support/cli/fake-hub.js';
import { flotilla } from '../test/support/cli/run-flotilla.js';
import { documents, inlineCommands, readDocument, root, shellLines, shellWords } from '../test/support/docs-commands.js';

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const { paths } = JSON.parse(readDocument('docs/reference/openapi.json')) as { paths: Record<string, Record<string, object>> };
/** What documents use besides npm and flotilla; the rig's tests run them for real. */
const others = new Set(['flux', 'kubectl', 'git']);
const kubeconfig = JSON.stringify(aKubeconfig({ token: 't' }));

const blocks = documents().flatMap((file) => shellLines(readDocument(file)).map((line) => [file, line] as const));
const inline = documents().flatMap((file) => [...new Set(inlineCommands(readDocument(file)))].map((line) => [file, line] as const));

/** The words of a flotilla command, when the line is one: `flotilla …` or `npm run -s flotilla -- …`. */
function flotillaWords(words: readonly string[]): string[] | undefined {
  if (words[0] === 'flotilla') return words.slice(1);
  return words[0] === 'npm' && words.includes('flotilla') ? words.slice(words.indexOf('--') + 1) : undefined;
}

/** The script that a line of npm runs. */
function scriptOf(words: readonly string[]): string | undefined {
  return words[1] === 'run' ? words.slice(2).find((word) => !word.startsWith('-')) : words[1];
}

/** Method and path of a call of curl, as OpenAPI has them. */
function routeOf(words: readonly string[]): string {
  const at = words.findIndex((word) => word === '-X');
  const method = at === -1 ? (words.includes('-d') ? 'post' : 'get') : (words[at + 1] ?? '').toLowerCase();
  const url = words.find((word) => word.includes('/api/v1/')) ?? '';
  const called = url.slice(url.indexOf('/api/v1/')).split('?')[0]?.split('/') ?? [];
  const known = Object.keys(paths).find((candidate) => {
    const parts = candidate.split('/');
    return parts.length === called.length && parts.every((part, index) => part.startsWith('{') || part === called[index]);
  });
  return known !== undefined && method in (paths[known] ?? {}) ? 'known' : `no ${method} ${called.join('/')}`;
}

describe('every line that documents tell to type', () => {
  const hub = fakeHub(problem('unavailable', 503, 'this hub only refuses'));

  it('is looked for where they are', () => {
    expect(new Set(blocks.map(([file]) => file))).toEqual(new Set([...new Set(blocks.map(([file]) => file)), 'README.md', 'docs/reference/cli.md']));
    expect(blocks.length).toBeGreaterThan(100);
  });

  it.each(blocks)('%s: %s', async (_file, line) => {
    for (const part of line.split(/ (?:&&|\|\||\|) /)) {
      const words = shellWords(part);
      const own = flotillaWords(words);
      if (own) {
        const files = new Proxy({}, { get: () => 'a: 1' });
        const { code, stderr } = await flotilla(hub.url, own, { files, gitToken: 't', programs: () => ({ stdout: kubeconfig }) });
        // understood: it is done, or it came as far as the hub
        expect({ understood: code === 0 || stderr.includes('this hub only refuses'), code, stderr }).toMatchObject({ understood: true });
      } else if (words[0] === 'npm') expect(Object.keys(scripts)).toContain(scriptOf(words));
      else if (words[0] === 'curl') expect(routeOf(words)).toBe('known');
      else expect([...others]).toContain(words[0]);
    }
  });
});

describe('every command that documents name', () => {
  it.each(inline)('%s: %s', async (_file, text) => {
    const words = shellWords(text.replaceAll(/ …/g, ''));
    const own = flotillaWords(words);
    if (!own) return expect(Object.keys(scripts)).toContain(scriptOf(words));
    let command = await describeProgram();
    for (const word of own) {
      const next = command.commands.find((candidate) => candidate.name() === word || candidate.aliases().includes(word));
      if (next) command = next;
      else if (word.startsWith('--')) expect(command.options.map(({ long }) => long)).toContain(word.split('=')[0]);
      else if (command.commands.length > 0) expect(command.commands.map((known) => known.name())).toContain(word);
    }
    return undefined;
  });
});

describe('the documents', () => {
  const links = documents().flatMap((file) =>
    [...readDocument(file).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => [file, target] as const)
      .filter(([, target]) => !/^[a-z]+:/.test(target)),
  );
  it.each(links)('%s links to %s, which is there', (file, target) => expect(existsSync(path.join(root, path.dirname(file), target))).toBe(true));

  it('show a routing file that is taken', () => {
    const [, yaml = ''] = /^```yaml\n(.*?)^```$/ms.exec(readDocument('docs/tasks/route-alerts.md')) ?? [];
    expect(parseRouting(yaml).receivers.map(({ name }) => name)).toEqual(['chat', 'on-call']);
  });

  it('tell of every reason that explain gives', () => {
    const source = readFileSync(path.join(root, 'libs/domain/src/explain/explain.ts'), 'utf8');
    const codes = [...source.matchAll(/\breason\(\s*'([a-z-]+)'/g)].map(([, code = '']) => code);
    expect(codes.length).toBeGreaterThan(10);
    const told = readDocument('docs/tasks/read-explain.md');
    expect(codes.filter((code) => !told.includes(`\`${code}\``))).toEqual([]);
  });
});
