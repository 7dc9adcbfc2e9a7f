import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Package {
  name: string;
  dependencies?: Record<string, string>;
}
const packageOf = (folder: string): Package => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Package;
const libraries = new Map(readdirSync('libs').map((name) => [packageOf(`libs/${name}`).name, `libs/${name}`] as const));

/** The folders of a program: its own and those of the libraries it depends on, near and far. */
function foldersOf(program: string): string[] {
  const folders = [`apps/${program}`];
  for (const folder of folders)
    for (const name of Object.keys(packageOf(folder).dependencies ?? {})) {
      const library = libraries.get(name);
      if (library !== undefined && !folders.includes(library)) folders.push(library);
    }
  return folders;
}

/** Whether a program may make temporary files: its sources or its libraries' ask for the folder of them. */
const usesTemporaryFiles = (program: string): boolean =>
  foldersOf(program).some((folder) =>
    readdirSync(`${folder}/src`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .some((file) => /\btmpdir\(/.test(readFileSync(path.join(folder, 'src', file), 'utf8'))),
  );

const images = readdirSync('deploy/docker').map((file) => [file.replace('.Dockerfile', ''), readFileSync(`deploy/docker/${file}`, 'utf8')] as const);

/** The containers of the hub's chart: what follows a name and an image, up to the next one or the end of the list. */
const containers = ['hub', 'worker'].flatMap((file) =>
  [
    ...readFileSync(`deploy/helm/hub/templates/${file}.yaml`, 'utf8').matchAll(
      /^ {8}- name: (\S+)\n {10}image: "\{\{ \.Values\.(\w+)\.image[^]*?(?=^ {8}- name|^ {6}\S|^---)/gm,
    ),
  ].map(([text, name = '', program = '']) => ({ name, program, text })),
);

describe('the images', () => {
  it('are of the programs that are deployed', () => expect(images.map(([program]) => program).sort()).toEqual(['agent', 'hub', 'worker']));

  it.each(images.filter(([program]) => foldersOf(program).includes('libs/git')))('%s runs git: it has git, ssh and an account for ssh', (_program, text) => {
    const shipped = text.slice(text.lastIndexOf('\nFROM '));
    expect(shipped).toMatch(/apt-get install .*\bgit openssh-client\b/);
    expect(shipped).toContain('useradd --uid 65532 ');
    expect(shipped).toContain('\nUSER 65532:65532\n');
  });

  it.each(images.filter(([program]) => !foldersOf(program).includes('libs/git')))('%s carries nothing it does not run', (_program, text) => {
    expect(text).not.toContain('apt-get');
  });
});

describe('containers without a writable root', () => {
  it('are looked for where they are', () => expect(containers.map(({ name }) => name)).toEqual(['hub', 'migrate', 'worker']));

  it.each(containers)('$name has a folder for temporary files', ({ program, text }) => {
    expect(usesTemporaryFiles(program)).toBe(true);
    expect(text).toContain('"flotilla.containerSecurity"');
    expect(text).toContain('"flotilla.mounts"');
    const names = readFileSync('deploy/helm/hub/templates/_names.tpl', 'utf8');
    expect(names).toMatch(/define "flotilla.mounts" -\}\}\n- name: tmp\n {2}mountPath: \/tmp\n/);
    expect(names).toMatch(/define "flotilla.volumes" -\}\}\n- name: tmp\n {2}emptyDir: \{\}\n/);
  });

  it('the agent makes no temporary files', () => expect(usesTemporaryFiles('agent')).toBe(false));

  it('a service of compose that cannot write has one too', () => {
    const { services } = parse(readFileSync('deploy/compose.yaml', 'utf8'), { merge: true }) as {
      services: Record<string, { read_only?: boolean; tmpfs?: string[] }>;
    };
    for (const [name, service] of Object.entries(services))
      expect({ name, writable: service.read_only !== true || service.tmpfs?.includes('/tmp') === true }).toEqual({ name, writable: true });
  });
});
