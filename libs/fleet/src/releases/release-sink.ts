import { Injectable } from '@nestjs/common';
import { shaOf } from '@flotilla/domain';
import { type ObjectTransition, type TransactionQuery, TransitionSink } from '../objects/index.js';
import { wish } from '../outbox/index.js';

/**
 * Wishes for `reconcile-releases` when a Kustomization that owns HelmReleases came to a revision, or when a release is seen for the first time: helm-controller
 * would go on saying Ready about what it ran before, until its interval. Writing a batch again wishes again, which the job answers by looking first.
 */
@Injectable()
export class ReleaseSink extends TransitionSink {
  override async record(transitions: readonly ObjectTransition[], transaction: TransactionQuery): Promise<void> {
    const arrived = transitions.filter(cameToRevision);
    const seen = transitions.filter(({ object, from, to }) => object.kind === 'HelmRelease' && from === null && to !== null);
    if (arrived.length === 0 && seen.length === 0) return;
    const keys = [...arrived, ...seen];
    const { rows } = await transaction.query<{ cluster_id: string; owner: string }>(
      `select distinct f.cluster_id, f.status->>'owner' as owner
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) k (cluster_id, kind, namespace, name)
       join flux_object f on f.cluster_id = k.cluster_id and f.kind = 'HelmRelease'
         and case k.kind when 'HelmRelease' then f.namespace = k.namespace and f.name = k.name else f.status->>'owner' = k.namespace || '/' || k.name end
       where f.status->>'owner' is not null`,
      [keys.map((key) => key.clusterId), keys.map((key) => key.object.kind), keys.map((key) => key.object.namespace), keys.map((key) => key.object.name)],
    );
    const owners = rows.map(({ cluster_id: clusterId, owner }) => {
      const [namespace = '', name = ''] = owner.split('/');
      return { clusterId, namespace, name };
    });
    await wish(transaction, 'reconcile-releases', owners);
  }
}

function cameToRevision({ object, from, to }: ObjectTransition): boolean {
  if (object.kind !== 'Kustomization' || to === null || (to.state !== 'ready' && to.state !== 'applied')) return false;
  return shaOf(to.revision ?? undefined) !== shaOf(from?.revision ?? undefined);
}
