import { createHash } from 'node:crypto';
import type { KubeObject } from '@flotilla/agent-runtime';
import type { GitMirror } from '../repo/git-mirror.js';
import { withConditions } from './conditions.js';
import { requestedAt, textOf } from './fields.js';

/** The status of a source after a reconcile: the artifact of what its ref stands for now. `repo` is the one repository that is real. */
export async function reconcileSource(object: KubeObject, repo: GitMirror, now: Date): Promise<Readonly<Record<string, unknown>>> {
  const status = object.status ?? {};
  const base = { ...status, observedGeneration: object.metadata.generation, ...requestedAt(object) };
  if (object.kind !== 'GitRepository' || !isSameRepository(textOf(object.spec, 'url') ?? '', repo.url)) return { ...base, ...pretendArtifact(object, now) };

  const ref = { branch: textOf(object.spec, 'ref', 'branch'), tag: textOf(object.spec, 'ref', 'tag'), commit: textOf(object.spec, 'ref', 'commit') };
  const resolved = await repo.resolve(ref);
  if (!resolved) {
    const message =
      ref.commit !== undefined
        ? `failed to checkout and determine revision: git checkout error: object not found: ${ref.commit}`
        : `failed to checkout and determine revision: couldn't find remote ref "${ref.tag !== undefined ? `refs/tags/${ref.tag}` : `refs/heads/${ref.branch ?? 'master'}`}"`;
    const failed = { status: 'False', reason: 'GitOperationFailed', message } as const;
    return {
      ...base,
      conditions: withConditions(
        object,
        [
          { type: 'Ready', ...failed },
          { type: 'FetchFailed', ...failed, status: 'True' },
        ],
        now,
      ),
    };
  }
  if (textOf(status, 'artifact', 'revision') === resolved.revision && status['observedGeneration'] === object.metadata.generation) return base;
  const message = `stored artifact for revision '${resolved.revision}'`;
  return {
    ...base,
    artifact: { revision: resolved.revision, digest: `sha256:${createHash('sha256').update(resolved.sha).digest('hex')}`, lastUpdateTime: now.toISOString() },
    conditions: withConditions(
      object,
      [
        { type: 'Ready', status: 'True', reason: 'Succeeded', message },
        { type: 'ArtifactInStorage', status: 'True', reason: 'Succeeded', message },
      ],
      now,
      ['FetchFailed'],
    ),
  };
}

/** Sources other than the fleet repo are not fetched: they have one artifact that depends on their spec alone. */
function pretendArtifact(object: KubeObject, now: Date): Readonly<Record<string, unknown>> {
  if (object.status?.['observedGeneration'] === object.metadata.generation) return {};
  const hash = createHash('sha256')
    .update(JSON.stringify(object.spec ?? {}))
    .digest('hex');
  const revision = object.kind === 'GitRepository' ? `${textOf(object.spec, 'ref', 'branch') ?? 'master'}@sha1:${hash.slice(0, 40)}` : `sha256:${hash}`;
  return {
    artifact: { revision, digest: `sha256:${hash}`, lastUpdateTime: now.toISOString() },
    conditions: withConditions(object, [{ type: 'Ready', status: 'True', reason: 'Succeeded', message: `stored artifact: revision '${revision}'` }], now),
  };
}

/** Two addresses of one repository: a bare repo is served under several, which agree in the last part of the path. */
function isSameRepository(a: string, b: string): boolean {
  const last = (url: string): string =>
    (
      url
        .replace(/\/+$/, '')
        .replace(/\.git$/, '')
        .split(/[/:]/)
        .at(-1) ?? ''
    ).toLowerCase();
  return last(a) !== '' && last(a) === last(b);
}
