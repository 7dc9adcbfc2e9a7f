import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapRequest, type GitCredentials, type OperationResponse } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type JoinedAgent, type JoinSecretContent, systemPrincipal } from '@flotilla/domain';
import { AuditLog } from '@flotilla/fleet/audit';
import { BootstrapMachine, BootstrapRecords, BootstrapRepository, Bootstraps, BootstrapSources, type JoinPort } from '@flotilla/fleet/bootstrap';
import { ChangeFeed } from '@flotilla/fleet/change-feed';
import { ClustersReadModel } from '@flotilla/fleet/clusters';
import { Distributions } from '@flotilla/fleet/distributions';
import { FleetRepoGit, RepoLock } from '@flotilla/fleet/fleet-repos';
import { OperationRunner, OperationStore } from '@flotilla/fleet/operations';
import { Outbox } from '@flotilla/fleet/outbox';
import { SecretBox } from '@flotilla/fleet/secrets';
import { TryAgainLater } from '@flotilla/jobs';
import { createLogger } from '@flotilla/observability';
import { createOutbound, type Outbound } from '@flotilla/outbound';
import { freshDatabaseUrl } from '@flotilla/testing';

export const admin = systemPrincipal('test');
const loopback = ['127.0.0.0/8'];

/** Enrolment as far as a bootstrap needs it: the agent "reports" as soon as its join Secret was issued. */
class PromptJoin implements JoinPort {
  readonly issued: string[] = [];
  joined(): Promise<JoinedAgent | null> {
    const now = new Date();
    return Promise.resolve(this.issued.length === 0 ? null : { clusterUid: '', acceptedAt: now, reportedUid: null, snapshotAt: now, heardAt: now });
  }
  isTokenUsable(_: string, token: string): Promise<boolean> {
    return Promise.resolve(this.issued.includes(token));
  }
  issue(): Promise<JoinSecretContent> {
    const token = randomUUID();
    this.issued.push(token);
    return Promise.resolve({ hubUrl: 'http://127.0.0.1:1', token, commandKeys: { keys: [] } });
  }
}

/** One process: its own connections, which die with it. */
interface Life {
  /** application name of its connections */
  name: string;
  database: Database;
  bootstraps: Bootstraps;
  machine: BootstrapMachine;
  distributions: Distributions;
  secrets: SecretBox;
  operations: OperationStore;
}

/** Bootstraps on a real Postgres, run without the queue: the hub's and the worker's halves in the test's process. */
export class BootstrapBench {
  readonly join = new PromptJoin();
  readonly main: Life;
  private lives = 0;
  private readonly key = randomBytes(32);
  private readonly cache = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));

  private constructor(private readonly url: string) {
    this.main = this.live(createOutbound({ allow: loopback }));
  }

  static async open(): Promise<BootstrapBench> {
    return new BootstrapBench(await freshDatabaseUrl());
  }

  /** A fleet repo and a cluster on it; gives the cluster's id. */
  async register(options: {
    name: string;
    path: string;
    repo: { provider: 'git' | 'gitea' | 'github'; url: string; apiUrl?: string; credentials: GitCredentials };
  }): Promise<string> {
    const { prisma } = this.main.database;
    const { provider, url, apiUrl, credentials } = options.repo;
    const repo = await prisma.fleetRepo.create({
      data: { name: options.name, provider, url, branch: 'main', apiUrl: apiUrl ?? null, secretId: await this.main.secrets.put('git', credentials) },
    });
    return (await prisma.cluster.create({ data: { name: options.name, fleetRepoId: repo.id, path: options.path } })).id;
  }

  start(clusterId: string, request: Record<string, unknown>): Promise<OperationResponse> {
    return this.main.bootstraps.start(clusterId, bootstrapRequest.parse(request), admin);
  }

  /** Runs an operation to its end, as the queue would call it. */
  async finish(operationId: string, life: Life = this.main): Promise<OperationResponse> {
    for (;;) {
      try {
        await life.machine.advance(operationId);
        return await this.main.operations.get(operationId);
      } catch (error) {
        if (!(error instanceof TryAgainLater)) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.min(error.delayMs, 1_000)));
      }
    }
  }

  /**
   * Runs an operation in a process that dies after `calls` calls to the outside: that call never returns, nothing is written any more, the lease is left
   * behind. Gives true when the operation finished before.
   */
  async dieAfter(operationId: string, calls: number): Promise<boolean> {
    let die = (): void => undefined;
    const died = new Promise<false>((resolve) => (die = () => resolve(false)));
    let left = calls;
    const outbound = mortal(createOutbound({ allow: loopback }), async () => {
      left -= 1;
      if (left >= 0) return;
      die();
      await new Promise(() => undefined);
    });
    const life = this.live(outbound);
    const finished = this.finish(operationId, life).then(
      () => true,
      () => false,
    );
    const result = await Promise.race([finished, died]);
    // a killed process' connections end, and with them its locks
    void life.database.close().catch(() => undefined);
    await this.main.database.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [life.name]);
    // as if the time of the lease had passed
    await this.main.database.pool.query("update operation set locked_until = now() - interval '1 second' where id = $1", [operationId]);
    return result;
  }

  async close(): Promise<void> {
    await this.main.database.close();
    rmSync(this.cache, { recursive: true, force: true });
  }

  private live(outbound: Outbound): Life {
    const logger = createLogger('test', 'silent');
    this.lives += 1;
    const name = `life-${this.lives}`;
    const database = new Database({ url: `${this.url}?application_name=${name}`, poolSize: 4 });
    const audit = new AuditLog(database);
    const secrets = new SecretBox(database, this.key);
    const operations = new OperationStore(database);
    const distributions = new Distributions(database, audit);
    const lock = new RepoLock(database);
    const fleetRepos = new FleetRepoGit(database, secrets, lock, outbound, { cacheDirectory: this.cache });
    const repository = new BootstrapRepository(database);
    const records = new BootstrapRecords(database, repository, operations, secrets, new Outbox(database, new ChangeFeed(database, logger)), audit);
    const bootstraps = new Bootstraps(new ClustersReadModel(database), repository, records, distributions, fleetRepos, outbound);
    const runner = new OperationRunner(database, operations, audit, secrets, logger);
    const machine = new BootstrapMachine(operations, runner, new BootstrapSources(secrets, fleetRepos, distributions, outbound), lock, this.join, {
      agentImage: 'flotilla-agent:test',
    });
    return { name, database, bootstraps, machine, distributions, secrets, operations };
  }
}

/** An outbound client whose every call first asks whether the process is still alive. */
function mortal(outbound: Outbound, beat: () => Promise<void>): Outbound {
  return {
    ...outbound,
    request: async (url, options) => {
      await beat();
      return outbound.request(url, options);
    },
    fetch: async (url, init) => {
      await beat();
      return outbound.fetch(url, init);
    },
    assertGitUrlAllowed: async (url) => {
      await beat();
      return outbound.assertGitUrlAllowed(url);
    },
    withTls: (tls) => mortal(outbound.withTls(tls), beat),
  };
}
