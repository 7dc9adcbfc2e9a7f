import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@flotilla/agent-runtime';
import type { CommandResponse } from '@flotilla/contracts';
import { createDemoFleetRepo, demoClusters, GitMirror, VirtualCluster } from '@flotilla/simulator';
import { GitHttpServer } from '../../rig/git-http-server.js';
import { freePort } from '../../rig/ports.js';
import { waitFor } from '../../rig/wait-for.js';
import { type AgentKey, enroll, newAgentKey } from '../../support/agent-key.js';
import { startTestHub, type TestHub } from '../../support/test-hub.js';
import { type Written, writtenRefs, writtenTables } from './written.js';

/** In every credential the cases send: no answer may show it. */
export const secretWord = 'hunter2';
/** The object that commands are about. */
export const workload = { kind: 'Kustomization', namespace: 'flux-system', name: 'web' };

/** A release of Flux, as far as importing looks at it. */
const distribution = `---
# Flux Version: v2.9.4
# Components: source-controller,kustomize-controller
${['CustomResourceDefinition x', 'Deployment source-controller', 'Deployment kustomize-controller']
  .map((object) => object.split(' '))
  .map(([kind, name]) => `---\napiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n`)
  .join('')}`;

export interface Cluster {
  id: string;
  name: string;
}

/** A hub at work: clusters in a real fleet repo, one joined by a key of the test, one with the real agent in a virtual cluster. */
export class Scene {
  readonly stop = new AbortController();
  private readonly directory = mkdtempSync(join(tmpdir(), 'flotilla-bad-input-'));
  private running: Promise<void>[] = [];

  private constructor(
    readonly hub: TestHub,
    readonly git: GitHttpServer,
    readonly repository: { url: string; folder: string },
    readonly fleetRepoId: string,
    /** registered at clusters/prod-eu-1, not joined */
    readonly registered: Cluster,
    /** joined by `key` */
    readonly joined: Cluster,
    readonly key: AgentKey,
  ) {}

  static async start(): Promise<Scene> {
    const git = await GitHttpServer.start({ credentials: { username: 'git', password: secretWord } });
    const repository = await git.createRepository('fleet');
    const port = await freePort();
    const hub = await startTestHub({ PORT: String(port), FLOTILLA_PUBLIC_URL: `http://127.0.0.1:${port}`, FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8' });
    const post = async (path: string, body: object) => (await hub.admin().post(`/api/v1${path}`).send(body).expect(201)).body as { id: string };
    const repo = { name: 'fleet', provider: 'git', url: repository.url, branch: 'main', credentials: { username: 'git', token: secretWord } };
    const { id: fleetRepoId } = await post('/fleet-repos', repo);
    const registered = { name: 'prod-eu-1', ...(await post('/clusters', { name: 'prod-eu-1', fleetRepoId, path: 'clusters/prod-eu-1' })) };
    const joined = { name: 'prod-eu-2', ...(await post('/clusters', { name: 'prod-eu-2', fleetRepoId, path: 'clusters/prod-eu-2' })) };
    await post('/distributions', { manifest: distribution, digest: `sha256:${createHash('sha256').update(distribution).digest('hex')}` });
    const key = await newAgentKey();
    const scene = new Scene(hub, git, repository, fleetRepoId, registered, joined, key);
    const { status } = await enroll(hub, (await scene.joinToken(joined)).token, key);
    if (status !== 200) throw new Error(`the agent of the test was not let in: ${status}`);
    return scene;
  }

  async joinToken(cluster: Cluster): Promise<{ id: string; token: string }> {
    return (await this.hub.admin().post(`/api/v1/clusters/${cluster.id}/join-tokens`).send({}).expect(201)).body as { id: string; token: string };
  }

  /** A virtual cluster whose real agent is connected and has carried out one command. Its Flux stands still afterwards, so that only commands change it. */
  async startVirtualCluster(): Promise<{ cluster: Cluster; virtual: VirtualCluster; done: CommandResponse }> {
    const bare = join(this.directory, 'demo.git');
    await createDemoFleetRepo({ directory: bare, url: 'http://127.0.0.1:1/demo.git', clusters: 1 });
    const [demo] = demoClusters(1);
    if (!demo) throw new Error('the demo fleet is empty');
    const made = await this.hub.admin().post('/api/v1/clusters').send({ name: demo.name }).expect(201);
    const cluster = { name: demo.name, id: (made.body as { id: string }).id };
    const virtual = await VirtualCluster.open({
      name: demo.name,
      path: demo.path,
      branch: 'main',
      repo: await GitMirror.open(bare, join(this.directory, 'mirror.git')),
      stateDirectory: join(this.directory, 'state'),
      timing: { healthMs: 30, healthTimeoutMs: 1_000 },
      log: silentLogger,
    });
    const flux = new AbortController();
    const { token } = await this.joinToken(cluster);
    this.running.push(
      virtual.runFlux(flux.signal),
      virtual.runAgent({ hubUrl: this.hub.url, joinToken: token, timing: { deltaBatchMs: 5 } }, this.stop.signal),
    );
    this.stop.signal.addEventListener('abort', () => flux.abort());
    const states = () => this.hub.database.query<{ state: string }>('select state from flux_object where cluster_id = $1::uuid', [cluster.id]);
    await waitFor(
      'the virtual cluster to be ready',
      async () => {
        const found = (await states()).map(({ state }) => state);
        if (found.length < 9 || found.includes('progressing')) throw new Error(found.join(', '));
        return true;
      },
      { timeoutMs: 30_000 },
    );
    flux.abort();
    const ordered = await this.hub.admin().post(`/api/v1/clusters/${cluster.id}/commands`).send({ type: 'reconcile', object: workload }).expect(202);
    const done = await waitFor('the command to be carried out', async () => {
      const command = await this.command((ordered.body as CommandResponse).id);
      return command.state === 'succeeded' && command;
    });
    return { cluster, virtual, done };
  }

  async command(id: string): Promise<CommandResponse> {
    return (await this.hub.admin().get(`/api/v1/commands/${id}`).expect(200)).body as CommandResponse;
  }

  /** Everything that is written anywhere: the hub's tables and the fleet repo. */
  async written(): Promise<Written> {
    return { ...(await writtenTables(this.hub.database)), ...writtenRefs(this.repository.folder) };
  }

  /** Resolves once what agents report has been stored: nothing changes any more. */
  async settled(): Promise<void> {
    let last = '';
    await waitFor(
      'the hub to have stored what agents report',
      async () => {
        const now = JSON.stringify(await this.written());
        const same = now === last;
        last = now;
        return same;
      },
      { everyMs: 150 },
    );
  }

  async close(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.running);
    await this.hub.stop();
    await this.git.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A name nobody has taken. */
export const newName = (): string => `c-${randomUUID().slice(0, 8)}`;
