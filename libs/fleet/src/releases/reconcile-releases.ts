import { Injectable } from '@nestjs/common';
import { FlotillaError, objectKeyText, type ObjectStatus } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { releaseDueSince, releasesToReconcile, systemPrincipal } from '@flotilla/domain';
import { Commands, CommandsRepository } from '../commands/index.js';
import { LedgerReadModel } from '../ledger/index.js';

/** Most HelmReleases of one Kustomization that are asked. */
const releasesMax = 200;
/** An agent that is away this long finds out by the snapshot it sends when it returns. */
const commandTtlSeconds = 600;

/** Orders that the HelmReleases of a Kustomization reconcile after it came to a revision, so that "at R" can be said of them (invariant 3). */
@Injectable()
export class ReconcileReleases {
  constructor(
    private readonly database: Database,
    private readonly ledger: LedgerReadModel,
    private readonly commands: Commands,
    private readonly repository: CommandsRepository,
  ) {}

  /** Asks every release that is due and not asked already; doing it again asks nobody twice. Where the agent may not be ordered, nothing is done. */
  async reconcile(clusterId: string, kustomization: { readonly namespace: string; readonly name: string }): Promise<void> {
    const rows = await this.database.query<{ status: ObjectStatus }>(
      `select status - 'inventory' as status from flux_object where cluster_id = $1::uuid
       and ((kind = 'Kustomization' and namespace = $2 and name = $3) or (kind = 'HelmRelease' and status->>'owner' = $2 || '/' || $3)) limit ${releasesMax + 1}`,
      [clusterId, kustomization.namespace, kustomization.name],
    );
    const statuses = rows.map((row) => row.status);
    const owner = statuses.find((status) => status.kind === 'Kustomization');
    if (!owner) return;
    const appliedAt = (await this.ledger.runsSince(clusterId)).get(objectKeyText(owner));
    const asked = await this.repository.underWay(clusterId, 'reconcile', 'HelmRelease');
    const due = releasesToReconcile(owner, statuses, appliedAt).filter(({ namespace, name }) => !asked.has(`${namespace}/${name}`));
    // cluster and hub may disagree about the time: the request is never older than what it has to be newer than
    const requestedAt = new Date(Math.max((await this.database.now()).getTime(), releaseDueSince(owner, appliedAt))).toISOString();
    for (const { kind, namespace, name } of due) {
      try {
        await this.commands.create(systemPrincipal('releases'), {
          clusterId,
          arguments: { type: 'reconcile', object: { kind, namespace, name }, requestedAt, withSource: false },
          ttlSeconds: commandTtlSeconds,
        });
      } catch (error) {
        // a read-only agent takes no orders, and an object or cluster may be gone by now
        if (!(error instanceof FlotillaError && (error.code === 'read-only-agent' || error.code === 'not-found'))) throw error;
      }
    }
  }
}
