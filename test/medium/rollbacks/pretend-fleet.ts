import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { ObjectStatus } from '@flotilla/contracts';
import type { Database } from '@flotilla/database';
import { type CommandView, getField, renderFleetSource } from '@flotilla/domain';
import type { CommandIssuer, IssuedCommand } from '@flotilla/fleet/rollbacks';

/** A turn that takes longer failed, for instance because the repository is away. */
const turnTimeoutMs = 2_000;

const source = { kind: 'GitRepository', namespace: 'flux-system', name: 'fleet' };

interface PretendCluster {
  id: string;
  name: string;
  path: string | null;
  connected: boolean;
  readOnly: boolean;
  tag: string | undefined;
  commit: string | undefined;
  runs: string;
  /** every revision it ever ran, in order */
  history: string[];
  inventory: (sha: string) => string[];
}

/** Clusters with Flux and an agent, as far as undo meets them: they follow a real bare repository and take commands. */
export class PretendFleet implements CommandIssuer {
  readonly clusters = new Map<string, PretendCluster>();
  readonly issued: (IssuedCommand & { id: string })[] = [];
  private readonly states = new Map<string, CommandView>();
  private timer: NodeJS.Timeout | null = null;
  private running = false;
  private turns = 0;

  constructor(
    private readonly database: Database,
    private readonly repository: string,
    readonly fleetRepoId: string,
  ) {}

  git(...argv: string[]): string {
    return execFileSync('git', ['-C', this.repository, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  }

  /** Commits to the bare repository as somebody who pushes. */
  push(files: Record<string, string>, message: string): string {
    const index = {
      ...process.env,
      GIT_INDEX_FILE: `${this.repository}/test-index`,
      GIT_AUTHOR_NAME: 'ada',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_COMMITTER_NAME: 'ada',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
    };
    const run = (argv: string[], input?: string): string =>
      execFileSync('git', ['-C', this.repository, ...argv], { env: index, ...(input === undefined ? {} : { input }), stdio: ['pipe', 'pipe', 'pipe'] })
        .toString()
        .trim();
    let parent: string | null = null;
    try {
      parent = run(['rev-parse', '--verify', '--quiet', 'refs/heads/main']);
    } catch {
      // the first commit has no parent
    }
    run(parent === null ? ['read-tree', '--empty'] : ['read-tree', parent]);
    for (const [path, content] of Object.entries(files))
      run(['update-index', '--add', '--cacheinfo', `100644,${run(['hash-object', '-w', '--stdin'], content)},${path}`]);
    const sha = run(['commit-tree', run(['write-tree']), ...(parent === null ? [] : ['-p', parent]), '-m', message]);
    run(['update-ref', 'refs/heads/main', sha]);
    return sha;
  }

  /** What the mirror would hold: every commit of the branch. */
  async mirror(): Promise<void> {
    const lines = this.git('log', '--reverse', '--format=%H%x09%s', 'main').trim().split('\n');
    for (const [position, line] of lines.entries()) {
      const [sha = '', subject = ''] = line.split('\t');
      await this.database.query(
        `insert into mirror_commit (fleet_repo_id, sha, position, parents, author, author_email, committed_at, subject, paths) values ($1::uuid, $2, $3, '{}', 'ada', 'ada@example.org', now(), $4, '{}') on conflict do nothing returning 1 as ok`,
        [this.fleetRepoId, sha, position, subject],
      );
    }
  }

  fleetSource(): string {
    return `# edited by hand, keep this line\n${renderFleetSource({ path: 'clusters/x', workloadsPath: 'apps', interval: '1m0s', branch: 'main', url: 'https://git.example.org/fleet.git' } as Parameters<typeof renderFleetSource>[0])}`;
  }

  async add(name: string, options: { labels?: Record<string, string>; path?: boolean; readOnly?: boolean } = {}): Promise<PretendCluster> {
    const path = options.path === false ? null : `clusters/${name}`;
    const id = randomUUID();
    await this.database.query(
      `insert into cluster (id, name, labels, fleet_repo_id, path, last_received_at, snapshot_at) values ($1::uuid, $2, $3::jsonb, $4::uuid, $5, clock_timestamp(), now()) returning 1 as ok`,
      [id, name, JSON.stringify(options.labels ?? {}), path === null ? null : this.fleetRepoId, path],
    );
    await this.database.query(
      `insert into agent (id, cluster_id, incarnation, public_key, read_only, cluster_uid, accepted_at) values (gen_random_uuid(), $1::uuid, 1, '{}', $2, 'uid', now()) returning 1 as ok`,
      [id, options.readOnly ?? false],
    );
    const cluster: PretendCluster = {
      id,
      name,
      path,
      connected: true,
      readOnly: options.readOnly ?? false,
      tag: undefined,
      commit: undefined,
      runs: this.git('rev-parse', 'main').trim(),
      history: [],
      inventory: () => ['apps_web_apps_Deployment'],
    };
    this.clusters.set(name, cluster);
    return cluster;
  }

  async issue(command: IssuedCommand): Promise<string> {
    const id = randomUUID();
    this.issued.push({ ...command, id });
    this.states.set(id, { state: 'pending', message: '', at: await this.database.now() });
    return id;
  }
  views(ids: readonly string[]): Promise<Map<string, CommandView>> {
    return Promise.resolve(new Map(ids.flatMap((id) => (this.states.has(id) ? [[id, this.states.get(id) as CommandView] as const] : []))));
  }

  /** Turns until stopped, one turn at a time; a repository that is away lets the turn fail. */
  start(pauseMs = 150): void {
    this.running = true;
    const next = (): void => {
      if (this.running)
        this.timer = setTimeout(
          () =>
            void this.turn()
              .catch(() => undefined)
              .finally(next),
          pauseMs,
        );
    };
    next();
  }
  stop(): void {
    this.running = false;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Resolves after the next whole turn, or when the fleet is stopped or its repository away. */
  async turned(): Promise<void> {
    const before = this.turns;
    const deadline = Date.now() + turnTimeoutMs;
    while (this.running && this.turns === before && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Agents take commands, Flux fetches, agents report. */
  async turn(): Promise<void> {
    for (const command of this.issued) {
      const cluster = [...this.clusters.values()].find((candidate) => candidate.id === command.clusterId);
      if (!cluster?.connected || this.states.get(command.id)?.state !== 'pending') continue;
      if (command.arguments.type === 'pin') cluster.commit = command.arguments.commit;
      if (command.arguments.type === 'release') cluster.commit = undefined;
      this.states.set(command.id, { state: 'succeeded', message: '', at: new Date() });
    }
    for (const cluster of this.clusters.values()) {
      const text = cluster.path === null ? null : this.show(`main:${cluster.path}/fleet-source.yaml`);
      const tag = text === null ? undefined : getField(text, source, ['spec', 'ref', 'tag']);
      cluster.tag = typeof tag === 'string' ? tag : undefined;
      const runs = cluster.commit ?? this.git('rev-parse', cluster.tag === undefined ? 'main' : `refs/tags/${cluster.tag}`).trim();
      cluster.runs = runs;
      if (cluster.history.at(-1) !== runs) cluster.history.push(runs);
      if (cluster.connected) await this.report(cluster);
    }
    this.turns += 1;
  }

  private show(what: string): string | null {
    try {
      return this.git('show', what);
    } catch {
      return null;
    }
  }

  private async report(cluster: PretendCluster): Promise<void> {
    const base = {
      uid: 'u',
      generation: 1,
      observedGeneration: 1,
      resourceVersion: '1',
      labels: {},
      suspended: false,
      conditions: [],
      observedAt: new Date().toISOString(),
    };
    const revision = `${cluster.tag ?? 'main'}@sha1:${cluster.runs}`;
    const objects: ObjectStatus[] = [
      {
        ...base,
        ...source,
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        labels: { 'flotilla.dev/controlled': 'true' },
        revision,
        owner: 'flux-system/flux-system',
        source: {
          url: 'x',
          branch: 'main',
          ...(cluster.tag === undefined ? {} : { tag: cluster.tag }),
          ...(cluster.commit === undefined ? {} : { commit: cluster.commit, commitOwner: 'flotilla-pin' }),
        },
      },
      {
        ...base,
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        namespace: 'flux-system',
        name: 'workloads',
        revision,
        inventory: cluster.inventory(cluster.runs),
        workload: {
          sourceKind: 'GitRepository',
          sourceNamespace: 'flux-system',
          sourceName: 'fleet',
          path: './apps',
          checksHealth: true,
          timeoutSeconds: 180,
          dependsOn: [],
        },
      },
    ];
    for (const status of objects) {
      await this.database.query(
        `insert into flux_object (cluster_id, kind, namespace, name, state, reason, message, revision, status, incarnation, observed_at, received_at) values ($1::uuid, $2, $3, $4, 'ready', '', '', $5, $6::jsonb, 1, now(), now())
         on conflict (cluster_id, kind, namespace, name) do update set status = excluded.status, revision = excluded.revision returning 1 as ok`,
        [cluster.id, status.kind, status.namespace, status.name, revision, JSON.stringify(status)],
      );
    }
    const digest = `d-${cluster.inventory(cluster.runs).join('|')}`;
    await this.database.query('insert into inventory_record (digest, items) values ($1, $2::jsonb) on conflict do nothing returning 1 as ok', [
      digest,
      JSON.stringify(cluster.inventory(cluster.runs)),
    ]);
    await this.database.query(
      `insert into inventory_sighting (cluster_id, namespace, name, sha, digest, seen_at) values ($1::uuid, 'flux-system', 'workloads', $2, $3, now()) on conflict do nothing returning 1 as ok`,
      [cluster.id, cluster.runs, digest],
    );
    await this.database.query('update cluster set last_received_at = clock_timestamp() where id = $1::uuid returning 1 as ok', [cluster.id]);
  }
}
