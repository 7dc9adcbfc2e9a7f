import { Injectable } from '@nestjs/common';
import { FlotillaError, type OperationResponse } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import type { Principal } from '@flotilla/domain';
import { AuditLog } from '../audit/index.js';
import { OperationStore } from '../operations/index.js';
import { Outbox } from '../outbox/index.js';
import { SecretBox } from '../secrets/index.js';
import type { BootstrapInput } from './bootstrap-context.js';
import { BootstrapRepository } from './bootstrap.repository.js';
import { bootstrapStepNames } from './steps/index.js';

/** What starting a bootstrap writes, in one transaction. */
@Injectable()
export class BootstrapRecords {
  constructor(
    private readonly database: Database,
    private readonly clusters: BootstrapRepository,
    private readonly operations: OperationStore,
    private readonly secrets: SecretBox,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** @throws FlotillaError bootstrap-running */
  async create(cluster: { id: string; name: string }, input: BootstrapInput, kubeconfig: string, principal: Principal): Promise<string> {
    return this.database.transaction(async () => {
      await this.clusters.lockCluster(cluster.id);
      if ((await this.operations.unfinished(cluster.id, 'bootstrap')) !== null)
        throw new FlotillaError('bootstrap-running', `a bootstrap of cluster "${cluster.name}" is under way; wait for its end`);
      const secretId = await this.secrets.put('bootstrap-kubeconfig', kubeconfig);
      const subject = `cluster/${cluster.name}`;
      const id = await this.operations.create({
        kind: 'bootstrap',
        clusterId: cluster.id,
        subject,
        input,
        secretId,
        issuer: principal.subject,
        steps: bootstrapStepNames,
      });
      await this.outbox.enqueue('advance-bootstrap', { operationId: id });
      const detail = { operationId: id, path: input.path, fleetRepoId: input.fleetRepoId, distribution: input.distributionDigest };
      await this.audit.append({ principal, action: 'bootstrap:start', outcome: 'allowed', subject, clusterId: cluster.id, detail });
      return id;
    });
  }

  read(id: string, principal: Principal): Promise<OperationResponse> {
    return this.operations.read(id, principal);
  }
}
