import { describe, expect, it } from 'vitest';
import { addPatch, addResource, getField, kustomizationPaths, listFile, setField, setSourceTag } from './yaml-edit.js';

const sources = `# steered by the fleet
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: fleet # keep me
  namespace: flux-system
spec:
  interval: 1m0s
  ref:
    branch: main
  url: "https://example.com/o/r"
---
# the workloads
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: workloads
spec:
  dependsOn:
  - name: other
  path: ./apps # theirs
`;

describe('comment-keeping edits', () => {
  it('sets a tag and touches nothing else', () => {
    const tagged = setSourceTag(sources, { name: 'fleet' }, 'fleet/7');
    expect(tagged).toBe(sources.replace('    branch: main\n', '    branch: main\n    tag: fleet/7\n'));
    expect(getField(tagged, { kind: 'GitRepository', name: 'fleet' }, ['spec', 'ref', 'tag'])).toBe('fleet/7');
    expect(setSourceTag(tagged, { name: 'fleet' }, 'fleet/8')).toBe(tagged.replace('fleet/7', 'fleet/8'));
    expect(setSourceTag(tagged, { name: 'fleet' }, undefined)).toBe(sources);
  });
  it('gives a file that already says so back as it is', () => expect(setSourceTag(sources, { name: 'fleet' }, undefined)).toBe(sources));
  it('refuses what it cannot read or find', () => {
    expect(() => setField(sources, { kind: 'GitRepository', name: 'absent' }, ['spec'], 'x')).toThrow('no GitRepository "absent"');
    expect(() => setSourceTag('a: [1', { name: 'x' }, 't')).toThrow('cannot be read');
  });
  it('keeps a file that starts with a document marker', () => {
    const text = `---\nkind: GitRepository\nmetadata: {name: a}\nspec:\n  ref:\n    branch: main # b\n`;
    expect(setSourceTag(text, { name: 'a' }, 't')).toBe(`---\nkind: GitRepository\nmetadata: { name: a }\nspec:\n  ref:\n    branch: main # b\n    tag: t\n`);
  });
});

const kustomization = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- gotk-components.yaml
- gotk-sync.yaml # flux
`;
const patch = { patch: '- op: add\n  path: /x\n  value: y\n', target: { kind: 'Deployment', name: 'kustomize-controller' } };

describe('kustomization.yaml', () => {
  it('adds a resource once', () => {
    const added = addResource(kustomization, 'extra.yaml');
    expect(added).toBe(`${kustomization}- extra.yaml\n`);
    expect(addResource(added, 'extra.yaml')).toBe(added);
  });
  it('is looked for from the folder of a file up to the path of the cluster', () => {
    const folders = (root: string, file: string) => kustomizationPaths(root, file).filter((path) => path.endsWith('.yaml'));
    expect(folders('clusters/a', 'clusters/a/apps/x.yaml')).toEqual(['clusters/a/apps/kustomization.yaml', 'clusters/a/kustomization.yaml']);
    expect(folders('clusters/a', 'clusters/a/x.yaml')).toEqual(['clusters/a/kustomization.yaml']);
    expect(kustomizationPaths('a', 'a/x.yaml')).toEqual(['a/kustomization.yaml', 'a/kustomization.yml', 'a/Kustomization']);
  });
  it('lists a file by its path from there, unless it is named in any way', () => {
    const at = 'clusters/a/kustomization.yaml';
    expect(listFile(kustomization, at, 'clusters/a/apps/x.yaml')).toBe(`${kustomization}- apps/x.yaml\n`);
    for (const text of [`${kustomization}- ./apps/x.yaml\n`, `${kustomization}patches:\n- path: apps/x.yaml\n`])
      expect(listFile(text, at, 'clusters/a/apps/x.yaml')).toBe(text);
  });
  it('adds a patch once, beside those that are there', () => {
    const added = addPatch(kustomization, patch);
    expect(added).toBe(
      `${kustomization}patches:\n- patch: |\n    - op: add\n      path: /x\n      value: y\n  target:\n    kind: Deployment\n    name: kustomize-controller\n`,
    );
    expect(addPatch(added, patch)).toBe(added);
  });
});
