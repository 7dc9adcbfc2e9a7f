import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { putObjects } from './put-objects.js';

const configMap = (name: string, value: string, namespace?: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${namespace === undefined ? '' : `  namespace: ${namespace}\n`}data:\n  key:   '${value}'\n`;

describe('objects in a manifest', () => {
  it('are the whole of a new file', () => {
    expect(putObjects(null, `---\n${configMap('a', '1')}`)).toBe(`---\n${configMap('a', '1')}`);
    expect(putObjects('\n', `---\n${configMap('a', '1')}`)).toBe(`---\n${configMap('a', '1')}`);
  });

  it('take the place of their own kind and leave the others byte for byte', () => {
    const file = `# ours\n${configMap('a', '1')}---\n# kept\n${configMap('b', '1')}---\n${configMap('c', '1')}`;
    expect(putObjects(file, `---\n${configMap('b', '2')}`)).toBe(file.replace(configMap('b', '1'), configMap('b', '2')));
    expect(putObjects(file, `---\n${configMap('a', '2')}`)).toBe(file.replace(configMap('a', '1'), configMap('a', '2')));
  });

  it('are added at the end when they are new, several at once', () => {
    const file = configMap('a', '1').trimEnd();
    expect(putObjects(file, `---\n${configMap('b', '1')}---\n${configMap('c', '1')}`)).toBe(
      `${configMap('a', '1')}---\n${configMap('b', '1')}---\n${configMap('c', '1')}`,
    );
  });

  it('are the same in another version, and where a namespace is left open, but not in another namespace or group', () => {
    const old = '---\napiVersion: source.toolkit.fluxcd.io/v1beta2\nkind: Bucket\nmetadata:\n  name: b\n';
    const now = old.replace('v1beta2', 'v1');
    expect(putObjects(old, now)).toBe(now);
    expect(putObjects(configMap('a', '1'), configMap('a', '2', 'apps'))).toBe(configMap('a', '2', 'apps'));
    const beside = putObjects(configMap('a', '1', 'web'), configMap('a', '2', 'apps'));
    expect(beside).toBe(`${configMap('a', '1', 'web')}---\n${configMap('a', '2', 'apps')}`);
    expect(putObjects(old, now.replace('source.toolkit', 'other'))).toContain('source.toolkit');
  });

  it('take the place of one that stands on the line of its marker', () => {
    const inline = '--- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n';
    const replaced = putObjects(`${configMap('a', '1')}${inline}---\n${configMap('c', '1')}`, `---\n${configMap('b', '2')}`);
    expect(replaced.match(/name: b/g)).toHaveLength(1);
    expect(parseAllDocuments(replaced).map((document) => (document as { getIn(path: string[]): unknown }).getIn(['metadata', 'name']))).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(putObjects(configMap('a', '1'), inline)).toBe(`${configMap('a', '1')}---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n`);
  });

  it('put twice are there once', () => {
    const once = putObjects(configMap('a', '1'), configMap('b', '1'));
    expect(putObjects(once, configMap('b', '1'))).toBe(once);
  });

  it('refuses what is no object, nothing, and a file that cannot be read', () => {
    for (const file of [configMap('a', '1'), null]) expect(() => putObjects(file, 'kind: ConfigMap\n')).toThrow('without apiVersion, kind and metadata.name');
    expect(() => putObjects(null, '---\n# nothing\n')).toThrow('holds no object');
    expect(() => putObjects('a: [1', configMap('a', '1'))).toThrow('cannot be read');
  });
});
