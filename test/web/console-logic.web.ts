import { describe, expect, test } from 'vitest';
import { clustersCsv } from '../../apps/web/src/features/fleet/clusters-csv.js';
import { filterClusters } from '../../apps/web/src/features/fleet/filter-clusters.js';
import { fleetSentence } from '../../apps/web/src/features/fleet/fleet-sentence.js';
import { defaultGrouping, groupClusters, groupingLabels } from '../../apps/web/src/features/fleet/group-clusters.js';
import { riverOf } from '../../apps/web/src/features/fleet/river.js';
import { parseSort, sortedIds } from '../../apps/web/src/features/fleet/sort-clusters.js';
import { objectTree, keyOf } from '../../apps/web/src/features/cluster/object-tree.js';
import { parseLabels } from '../../apps/web/src/features/onboard/labels-text.js';
import { acceptable, previewOf } from '../../apps/web/src/features/revisions/rollback-preview.js';
import { commitOf, sameRevision, shortRevision } from '../../apps/web/src/ui/revision-text.js';
import { aFleet } from './support/a-fleet.js';
import { aCluster, anObject, aRollback, head, inState, previous, revisionOf, summaryOf } from './support/fleet-builders.js';

describe('revisions', () => {
  test('are the same when their commits are, whatever stands before the @', () => {
    expect(sameRevision(`main@sha1:${head}`, `fleet/3@sha1:${head}`)).toBe(true);
    expect(sameRevision(`main@sha1:${head}`, head)).toBe(true);
    expect(sameRevision(`main@sha1:${head}`, `main@sha1:${previous}`)).toBe(false);
    expect(sameRevision('6.9.1', '6.9.1')).toBe(true);
    expect(sameRevision(null, null)).toBe(false);
  });
  test('show seven characters of the commit, or a version as it is', () => {
    expect(shortRevision(revisionOf(head))).toBe(head.slice(0, 7));
    expect(shortRevision('6.9.1')).toBe('6.9.1');
    expect(commitOf('6.9.1')).toBeNull();
  });
});

test('the sentence leaves out what is zero and counts silent clusters last', () => {
  const fleet = aFleet(24);
  const parts = fleetSentence(summaryOf(fleet)).map((part) => `${part.count} ${part.text}`);
  expect(parts.slice(0, 3)).toEqual(['24 clusters', '16 at', '4 behind']);
  expect(parts.at(-1)).toBe('1 silent');
  expect(
    fleetSentence({ ...summaryOf(fleet), states: { unknown: 0, failing: 0, progressing: 0, suspended: 0, ready: 24, joining: 0 } }).map((part) => part.text),
  ).toEqual(['clusters', 'at', 'behind']);
});

describe('the filter', () => {
  const clusters = aFleet(24).clusters;
  const names = (filter: string) => filterClusters(clusters, filter, revisionOf(head)).map((cluster) => cluster.name);
  test.each([
    ['region=eu-west', 6],
    ['region!=eu-west', 18],
    ['region=eu-west ring=2', 2],
    ['state:failing,unknown', 4],
    [`rev:${previous.slice(0, 7)}`, 4],
    ['is:behind', 4],
    ['is:diverged', 2],
    ['prod-eu', 8],
    ['nothing-like-it', 0],
  ])('%s matches %i', (filter, count) => expect(names(filter)).toHaveLength(count));
});

describe('groups of the map', () => {
  const clusters = aFleet(400).clusters;
  test('hold every cluster once, in an order that no state changes', () => {
    const groups = groupClusters(clusters, ['region', 'ring']);
    expect(groups.flatMap((group) => group.clusters)).toHaveLength(400);
    const failed = groupClusters(
      clusters.map((cluster) => inState(cluster, 'failing')),
      ['region', 'ring'],
    );
    expect(failed.map((group) => group.clusters.map((cluster) => cluster.name))).toEqual(groups.map((group) => group.clusters.map((cluster) => cluster.name)));
  });
  test('clusters without the label come last, under their own name', () => {
    const bare = aCluster(1, { labels: {} });
    expect(groupClusters([bare, aCluster(2)], ['region']).at(-1)?.values).toEqual([null]);
  });
  test('a small fleet is grouped by one label, a large one by region and ring', () => {
    const small = aFleet(24).clusters;
    expect(defaultGrouping(small, groupingLabels(small))).toEqual(['region']);
    expect(defaultGrouping(clusters, groupingLabels(clusters))).toEqual(['region', 'ring']);
  });
});

test('sorting by state puts the worst first; an unknown column falls back to the name', () => {
  const clusters = aFleet(24).clusters;
  const first = sortedIds(clusters, parseSort('state'))[0];
  expect(clusters.find((cluster) => cluster.id === first)?.state).toBe('unknown');
  expect(parseSort('-nonsense')).toEqual({ column: 'name', descending: false });
});

test('CSV quotes, and never lets a spreadsheet run a name as a formula', () => {
  const line = clustersCsv([aCluster(0, { name: 'a', stateReason: '=HYPERLINK("http://evil")', path: 'clusters/a,b' })]).split('\r\n')[1] ?? '';
  expect(line).toContain(`"'=HYPERLINK(""http://evil"")"`);
  expect(line).toContain('"clusters/a,b"');
});

describe('the river', () => {
  const cluster = aCluster(0, { revision: revisionOf(head), revisionSince: new Date(50).toISOString() });
  const entry = (name: string, sha: string, from: number, to: number | null) => ({
    id: cluster.id,
    clusterId: cluster.id,
    cluster: cluster.name,
    object: { kind: 'Kustomization', namespace: 'flux-system', name },
    revision: revisionOf(sha),
    sha,
    result: 'succeeded' as const,
    stage: null,
    message: '',
    from: new Date(from).toISOString(),
    to: to === null ? null : new Date(to).toISOString(),
    author: null,
    subject: null,
  });
  test('a cluster moves from band to band when all its workloads have; between, it is in the rest', () => {
    const entries = [
      entry('apps', previous, 0, 40),
      entry('apps', head, 40, null),
      entry('infra', previous, 0, 60),
      entry('infra', head, 60, null),
      entry('flux-system', head, 0, null),
    ];
    const river = riverOf([cluster], entries, 0, 100, 10);
    expect(river.bands.map((band) => [band.commit, band.counts])).toEqual([
      [previous, [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]],
      [head, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]],
    ]);
    expect(river.rest).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
  });
  test('every bucket counts every cluster once', () => {
    const fleet = aFleet(60);
    const river = riverOf(fleet.clusters, fleet.ledger, Date.now() - 3_600_000, Date.now(), 30);
    river.times.forEach((_, bucket) => expect(river.bands.reduce((sum, band) => sum + (band.counts[bucket] ?? 0), river.rest[bucket] ?? 0)).toBe(60));
  });
});

describe('the tree of objects', () => {
  const cluster = aFleet(24).clusters.find((each) => each.state === 'failing') ?? aCluster(0);
  const objects = aFleet(24).objects.filter((object) => object.clusterId === cluster.id);
  const names = (nodes: ReturnType<typeof objectTree>['roots']): unknown[] =>
    nodes.map((node) => [node.object.status.name, ...(node.children.length > 0 ? [names(node.children)] : [])]);
  test('flows from source to Kustomization to HelmRelease; what is no part of it stands beside', () => {
    const tree = objectTree(objects);
    expect(names(tree.roots)).toEqual([
      ['fleet', [['apps', [['podinfo'], ['podinfo']]], ['infra'], ['legacy']]],
      ['flux-system', [['flux-system']]],
    ]);
    expect(tree.others.map((object) => object.status.kind)).toEqual(['Provider', 'Alert']);
  });
  test('owners in a circle hide nothing', () => {
    const loop = [
      anObject(cluster, { kind: 'Kustomization', name: 'a', owner: 'flux-system/b' }),
      anObject(cluster, { kind: 'Kustomization', name: 'b', owner: 'flux-system/a' }),
    ];
    const seen: string[] = [];
    const walk = (nodes: ReturnType<typeof objectTree>['roots']) =>
      nodes.forEach((node) => {
        seen.push(keyOf(node.object));
        walk(node.children);
      });
    walk(objectTree(loop).roots);
    expect(seen.toSorted()).toEqual(loop.map(keyOf).toSorted());
  });
});

test('labels are read strictly', () => {
  expect(parseLabels('region=eu, ring=1')).toEqual({ labels: { region: 'eu', ring: '1' }, problem: null });
  expect(parseLabels('region').problem).toContain('"region"');
  expect(parseLabels('a=1 a=2').problem).toContain('twice');
  expect(parseLabels('a=not/valid').labels).toBeNull();
});

test('only a hold for deletions can be overridden, and only by name', () => {
  const [one, two, three] = aRollback([aCluster(0), aCluster(1), aCluster(2)]).targets;
  const targets = [one, { ...two, held: 'inventory not known', deletionsKnown: false }, { ...three, held: 'not connected' }] as NonNullable<typeof one>[];
  const preview = {
    to: '',
    sha: '',
    subject: '',
    targets,
    budget: { namespaces: 0, persistentVolumeClaims: 0, customResourceDefinitions: 0 },
    gitReachable: true,
    gitMessage: '',
  };
  expect(targets.map(acceptable)).toEqual([false, true, false]);
  expect(previewOf(preview, new Set()).changing).toHaveLength(1);
  expect(previewOf(preview, new Set(targets.map((target) => target.cluster))).changing).toHaveLength(2);
});
