import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HubClient } from '@flotilla/api-client';
import { agentNames } from '@flotilla/domain';
import { PostgresServer } from '@flotilla/local-services';
import { AgentHost } from '../../rig/agent-host.js';
import type { RigCluster } from '../../rig/cluster.js';
import { runCommand, type CommandResult } from '../../rig/command.js';
import { freePort } from '../../rig/ports.js';
import { rigRun, type RigProcess, type RigRun } from '../../rig/rig-run.js';
import { waitFor } from '../../rig/wait-for.js';

const PROGRAMS = resolve(import.meta.dirname, '..', '..', '..', 'apps');
const DATABASE = 'flotilla';
const START_TIMEOUT_MS = 90_000;

/** The built programs, as they are shipped. */
const program = {
  hub: join(PROGRAMS, 'hub', 'dist', 'main.js'),
  worker: join(PROGRAMS, 'worker', 'dist', 'main.js'),
  agent: join(PROGRAMS, 'agent', 'dist', 'main.js'),
  cli: join(PROGRAMS, 'cli', 'dist', 'main.js'),
} as const;

export interface ProductOptions {
  /** Port of the console and the API; a free one when absent. */
  readonly port?: number;
  /** Password of the local user `admin`; without it nobody can log in to the console. */
  readonly adminPassword?: string;
}

/** A whole Flotilla of built programs: Postgres, hub and worker as processes that a test may kill and start again, driven through REST and CLI. */
export class Product {
  readonly url: string;
  /** API token of an administrator. */
  readonly token: string;
  /** The REST API as that administrator. */
  readonly api: HubClient;
  private readonly run: RigRun;
  private readonly folder: string;
  private readonly environment: NodeJS.ProcessEnv;
  private database: { readonly server: PostgresServer; readonly process: RigProcess };
  private hub: RigProcess | undefined;
  private worker: RigProcess | undefined;
  private readonly agents: AgentHost[] = [];

  private constructor(run: RigRun, folder: string, port: number, adminPassword: string, database: Product['database']) {
    this.run = run;
    this.folder = folder;
    this.database = database;
    this.url = `http://127.0.0.1:${port}`;
    this.token = `flt_${randomBytes(32).toString('base64url')}`;
    this.api = new HubClient({ url: this.url, token: this.token });
    this.environment = {
      PATH: process.env['PATH'],
      HOME: folder,
      NODE_ENV: 'production',
      PORT: String(port),
      FLOTILLA_PUBLIC_URL: this.url,
      FLOTILLA_SECRET_KEY: randomBytes(32).toString('base64'),
      FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8',
      FLOTILLA_ADMIN_PASSWORD: adminPassword,
      FLOTILLA_ADMIN_TOKEN: this.token,
      FLOTILLA_CACHE_DIR: join(folder, 'cache'),
      FLOTILLA_LOG_LEVEL: 'debug',
    };
  }

  static async start(options: ProductOptions = {}): Promise<Product> {
    const run = await rigRun();
    const folder = run.folder('product');
    // Postgres runs as an account of its own when this is root, and must reach its data.
    chmodSync(folder, 0o711);
    for (const part of ['log', 'cache']) mkdirSync(join(folder, part));
    const port = options.port ?? (await freePort());
    const product = new Product(run, folder, port, options.adminPassword ?? '', await startPostgres(run, folder));
    await product.database.server.createDatabase(DATABASE);
    await product.migrate();
    await product.startHub();
    product.startWorker();
    return product;
  }

  /** The process of one part, for faults; throws when it is not running. */
  process(part: 'hub' | 'worker' | 'postgres'): RigProcess {
    const found = part === 'postgres' ? this.database.process : part === 'hub' ? this.hub : this.worker;
    if (found === undefined) throw new Error(`the ${part} is not started`);
    return found;
  }

  /** Kills a part without warning and starts it again. */
  async killAndRestart(part: 'hub' | 'worker' | 'postgres'): Promise<void> {
    await this.process(part).kill();
    if (part === 'postgres') this.database = await startPostgres(this.run, this.folder);
    else if (part === 'hub') await this.startHub();
    else this.startWorker();
  }

  /** Registers a cluster and applies the manifest that joins it, as somebody who runs Flux already would; gives the host of its agent. */
  async adopt(cluster: RigCluster, registration: Omit<Parameters<HubClient['clusters']['create']>[0], 'name'> = {}): Promise<AgentHost> {
    await this.api.clusters.create({ name: cluster.name, ...registration });
    const { manifestUrl } = await this.api.clusters.createJoinToken(cluster.name);
    await cluster.kubectl(['apply', '-f', '-'], await (await fetch(manifestUrl)).text());
    return this.hostAgent(cluster);
  }

  /** Runs agents of a cluster whenever their manifest is in it, as its kubelet would. */
  async hostAgent(cluster: RigCluster): Promise<AgentHost> {
    const { namespace, deployment, serviceAccount, joinSecret } = agentNames;
    const host = await AgentHost.start({ cluster, program: program.agent, objects: { namespace, deployment, serviceAccount, joinSecret } });
    this.agents.push(host);
    return host;
  }

  /** Runs the CLI against this hub. */
  cli(...args: string[]): Promise<CommandResult> {
    const env = { PATH: process.env['PATH'], HOME: this.folder, NO_COLOR: '1', FLOTILLA_URL: this.url, FLOTILLA_TOKEN: this.token };
    return runCommand(process.execPath, [program.cli, ...args], { env });
  }

  /** Throws, with the end of its log, when a part has ended by itself. */
  assertRunning(): void {
    for (const part of ['postgres', 'hub', 'worker'] as const) this.process(part).assertRunning();
  }

  async stop(): Promise<void> {
    for (const agent of this.agents) await agent.stop();
    await this.hub?.stop();
    await this.worker?.stop();
    await this.database.process.stop();
    this.run.removeFolder(this.folder);
  }

  private async migrate(): Promise<void> {
    const result = await runCommand(process.execPath, [program.worker, 'migrate'], { env: this.withDatabase(), timeoutMs: START_TIMEOUT_MS });
    if (result.code !== 0) throw new Error(`the migration failed: ${result.stdout.toString()}${result.stderr}`);
  }

  private async startHub(): Promise<void> {
    const hub = this.spawn('hub', program.hub);
    this.hub = hub;
    await waitFor(
      'the hub',
      async () => {
        hub.assertRunning();
        return (await fetch(`${this.url}/readyz`)).ok;
      },
      { timeoutMs: START_TIMEOUT_MS },
    );
  }

  private startWorker(): void {
    this.worker = this.spawn('worker', program.worker);
  }

  private spawn(name: string, file: string): RigProcess {
    return this.run.spawn(`product/${name}`, process.execPath, [file], { log: join(this.folder, 'log', name), env: this.withDatabase() });
  }

  private withDatabase(): NodeJS.ProcessEnv {
    return { ...this.environment, DATABASE_URL: this.database.server.url(DATABASE) };
  }
}

async function startPostgres(run: RigRun, folder: string) {
  const directory = join(folder, 'postgres');
  let process: RigProcess | undefined;
  const onSpawn = (pid: number) => void (process = run.adopt('product/postgres', pid, join(directory, 'server.log')));
  const server = await PostgresServer.start({ directory, settings: { max_connections: '300' }, onSpawn });
  if (process === undefined) throw new Error(`a Postgres already ran from ${directory}`);
  return { server, process };
}
