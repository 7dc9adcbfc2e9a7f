import { Injectable } from '@nestjs/common';
import { type commitContentRequest, FlotillaError, type OperationResponse } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import {
  controlledLabel,
  fileWithin,
  fluxFilePaths,
  getField,
  parseFleetPath,
  type Principal,
  putObjects,
  relatePaths,
  scaffoldFilePaths,
} from '@flotilla/domain';
import type { z } from 'zod';
import { AuditLog } from '../audit/index.js';
import { ClustersReadModel } from '../clusters/index.js';
import { FleetRepoGit } from '../fleet-repos/index.js';
import { OperationRunner, OperationStore, type Step } from '../operations/index.js';
import { Outbox } from '../outbox/index.js';
import { type ContentFile, mergeFiles } from './merge-files.js';

type Request = z.infer<typeof commitContentRequest>;

interface ContentInput {
  fleetRepoId: string;
  path: string;
  message: string;
  author: string;
  files: ContentFile[];
}

const stepName = 'commit';

/** Committing files to a cluster's path: power over the cluster, so a permission of its own, and never outside the exact subtree. */
@Injectable()
export class ClusterContent {
  constructor(
    private readonly database: Database,
    private readonly clusters: ClustersReadModel,
    private readonly operations: OperationStore,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** Hands the commit to the worker. Throws, with nothing written: `not-found`, `forbidden`, `conflict` (no fleet repo), `path-invalid`, `manifest-invalid`. */
  async commit(nameOrId: string, request: Request, principal: Principal): Promise<OperationResponse> {
    const cluster = await this.clusters.find(nameOrId, principal, 'content:commit');
    if (cluster.fleetRepoId === null || cluster.path === null)
      throw new FlotillaError('conflict', `cluster "${cluster.name}" has no fleet repo and path; set them first`);
    const path = parseFleetPath(cluster.path);
    const files = request.files.map((file) => ({ ...file, path: fileWithin(path, file.path) }));
    refuseTwice(files);
    for (const file of files) refuseSteering(path, file);
    const input: ContentInput = { fleetRepoId: cluster.fleetRepoId, path, message: request.message, author: principal.subject, files };
    const id = await this.database.transaction(async () => {
      const operation = await this.operations.create({
        kind: 'commit',
        clusterId: cluster.id,
        subject: `cluster/${cluster.name}`,
        input,
        secretId: null,
        issuer: principal.subject,
        steps: [stepName],
      });
      await this.outbox.enqueue('commit-content', { operationId: operation });
      await this.audit.append({
        principal,
        action: 'content:commit',
        outcome: 'allowed',
        subject: `cluster/${cluster.name}`,
        clusterId: cluster.id,
        detail: { operationId: operation, paths: files.map((file) => file.path), message: request.message },
      });
      return operation;
    });
    return this.operations.get(id);
  }
}

/** Carries such a commit out, in the worker. */
@Injectable()
export class ContentMachine {
  constructor(
    private readonly fleetRepos: FleetRepoGit,
    private readonly runner: OperationRunner,
  ) {}

  /** Commits once, however often it is called. @throws TryAgainLater */
  async advance(operationId: string): Promise<void> {
    const step: Step<ContentInput> = {
      name: stepName,
      writes: true,
      waitSeconds: 0,
      run: async (input) => {
        const repo = await this.fleetRepos.open(input.fleetRepoId);
        let listed: string[] = [];
        const { sha, changed } = await this.fleetRepos.commit(repo, {
          message: input.message,
          author: { name: input.author, email: '' },
          edit: async (read) => {
            const files = await mergeFiles(input.path, input.files, read);
            listed = files.map(({ path }) => path).filter((path) => !input.files.some((file) => file.path === path));
            return files;
          },
        });
        return {
          state: 'succeeded',
          detail: changed
            ? [`committed ${sha ?? ''} to ${repo.branch}`, ...listed.map((path) => `listed in ${path}`)].join(', ')
            : `${repo.branch} holds exactly this already`,
          facts: { sha },
        };
      },
    };
    await this.runner.run(operationId, [step], {
      open: (operation) => Promise.resolve(operation.input as ContentInput),
      close: () => Promise.resolve(),
      refresh: () => undefined,
    });
  }
}

function refuseTwice(files: readonly { path: string }[]): void {
  const folded = new Set<string>();
  for (const { path } of files) {
    if (folded.has(path.toLowerCase())) throw new FlotillaError('path-invalid', `"${path}" is given twice; give each file once`);
    folded.add(path.toLowerCase());
  }
}

/** Flux's own files and the source that rollbacks steer are changed by bootstraps and rollbacks only. */
function refuseSteering(path: string, file: ContentFile): void {
  if (relatePaths(fluxFilePaths(path).directory, file.path) !== 'disjoint')
    throw new FlotillaError('path-invalid', `"${file.path}" belongs to Flux itself; leave it out, a bootstrap writes it`);
  if (relatePaths(scaffoldFilePaths(path).fleetSource, file.path) !== 'disjoint')
    throw new FlotillaError('path-invalid', `"${file.path}" is the source that rollbacks steer; leave it out, bootstraps and rollbacks write it`);
  if (file.content !== null && file.merge) putObjects(null, file.content);
  // reading any field also proves that a manifest is YAML
  if (file.content !== null && /\.ya?ml$/i.test(file.path)) getField(file.content, { kind: 'GitRepository', name: controlledLabel }, ['kind']);
}
