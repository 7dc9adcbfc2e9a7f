import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOutput } from './command.js';
import { FluxControllers } from './flux-controllers.js';
import { KubeRest } from './kube-rest.js';
import { CertificateAuthority, writeServiceAccountKeys } from './pki.js';
import { freePort } from './ports.js';
import { rigProgram, sharedFile } from './rig-folder.js';
import { rigRun, type RigProcess, type RigRun } from './rig-run.js';
import { waitFor } from './wait-for.js';

export interface ClusterOptions {
  readonly name: string;
}

const START_TIMEOUT_MS = 90_000;
const KUBECTL_TIMEOUT_MS = 180_000;
const SERVICE_RANGE = '10.0.0.0/24';
const FIRST_SERVICE_ADDRESS = '10.0.0.1';
const TOKEN_LIFETIME_SECONDS = 24 * 60 * 60;
const NODE_NAME = 'node-1';

/** Credentials of a kubeconfig: a token, or a client certificate and its key (PEM). */
type KubeconfigUser = { readonly token: string } | { readonly certificate: string; readonly key: string };

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig with everything inline: CA data and a token or client certificate. */
function renderKubeconfig(name: string, server: string, ca: string, user: KubeconfigUser): string {
  const credentials = 'token' in user ? { token: user.token } : { 'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.key) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name, user: credentials }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  // JSON is YAML.
  return `${JSON.stringify(config, null, 2)}\n`;
}

interface ControlPlane {
  readonly run: RigRun;
  readonly folder: string;
  readonly server: string;
  readonly ca: CertificateAuthority;
  readonly token: string;
  readonly processes: RigProcess[];
}

/** A real Kubernetes control plane with one pretended node on which pods become Ready. */
export class RigCluster {
  readonly name: string;
  /** URL of the API server. */
  readonly server: string;
  readonly ca: CertificateAuthority;
  /** Administrator's token. */
  readonly token: string;
  /** Administrator's kubeconfig (text), with inline CA and token. */
  readonly kubeconfig: string;
  /** File that holds {@link kubeconfig}. */
  readonly kubeconfigFile: string;
  /** Folder of the cluster's state and logs. */
  readonly folder: string;
  /** Calls as administrator. */
  readonly api: KubeRest;
  private readonly plane: ControlPlane;
  private flux: FluxControllers | undefined;

  constructor(name: string, plane: ControlPlane) {
    this.name = name;
    this.plane = plane;
    this.server = plane.server;
    this.ca = plane.ca;
    this.token = plane.token;
    this.folder = plane.folder;
    this.kubeconfig = renderKubeconfig(name, plane.server, plane.ca.certificate, { token: plane.token });
    this.kubeconfigFile = join(plane.folder, 'kubeconfig');
    this.api = new KubeRest(plane.server, plane.ca.certificate, plane.token);
  }

  /** What makes kubectl and flux speak to this cluster, and keep what they remember of it in its folder. */
  get commandEnvironment(): NodeJS.ProcessEnv {
    return { KUBECONFIG: this.kubeconfigFile, KUBECACHEDIR: join(this.folder, 'kube-cache') };
  }

  /** Runs the rig's kubectl against this cluster and gives its output; `input` goes to its standard input (`apply -f -`). */
  kubectl(args: readonly string[], input?: string): Promise<string> {
    return commandOutput(rigProgram('kubectl'), args, {
      env: { ...process.env, ...this.commandEnvironment },
      timeoutMs: KUBECTL_TIMEOUT_MS,
      ...(input === undefined ? {} : { input }),
    });
  }

  /** A fresh token of a ServiceAccount. */
  async serviceAccountToken(namespace: string, name: string): Promise<string> {
    const answer = await this.api.post<{ status: { token: string } }>(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_LIFETIME_SECONDS },
    });
    return answer.status.token;
  }

  /** Kubeconfig (text) of a ServiceAccount, with inline CA and a fresh token. */
  async kubeconfigFor(namespace: string, name: string): Promise<string> {
    return renderKubeconfig(this.name, this.server, this.ca.certificate, { token: await this.serviceAccountToken(namespace, name) });
  }

  /** Administrator's kubeconfig (text) with an inline client certificate instead of a token. */
  async clientCertificateKubeconfig(): Promise<string> {
    const { certificate, key } = await this.ca.issue('client-admin', { commonName: 'admin', organization: 'system:masters' });
    return renderKubeconfig(this.name, this.server, this.ca.certificate, { certificate, key });
  }

  /** UID of the kube-system namespace: what tells one cluster from another. */
  async uid(): Promise<string> {
    const namespace = await this.api.find('/api/v1/namespaces/kube-system');
    if (namespace?.metadata.uid === undefined) throw new Error(`cluster ${this.name} has no kube-system namespace`);
    return namespace.metadata.uid;
  }

  /**
   * From now on runs each Flux controller as a local process for as long as its Deployment is in the cluster, with the
   * Deployment's arguments: applying a distribution starts them, a patched feature gate restarts them with it.
   */
  async startFlux(): Promise<FluxControllers> {
    this.flux ??= await FluxControllers.start(this, this.plane.run);
    return this.flux;
  }

  /** Throws, with the end of its log, when a process of the control plane has ended by itself. */
  assertRunning(): void {
    for (const process of this.plane.processes) process.assertRunning();
  }

  /** Stops Flux, then the control plane from the outside in, and removes its state. */
  async stop(): Promise<void> {
    await this.flux?.stop();
    for (const process of [...this.plane.processes].reverse()) await process.stop();
    this.plane.run.removeFolder(this.folder);
  }
}

async function startControlPlane(run: RigRun, name: string): Promise<ControlPlane> {
  const folder = run.folder(`cluster-${name}`);
  const at = (...parts: string[]) => join(folder, ...parts);
  for (const part of ['pki', 'log', 'artifacts']) mkdirSync(at(part));
  const [etcdPort, peerPort, apiPort] = [await freePort(), await freePort(), await freePort()];
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const processes = [
    run.spawn(
      `${name}/etcd`,
      rigProgram('etcd'),
      [
        ...['--data-dir', at('etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
        ...['--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl],
        ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`],
      ],
      { log: at('log', 'etcd') },
    ),
  ];
  const ca = await CertificateAuthority.create(at('pki'), `flotilla-rig-${name}`);
  const serving = await ca.issue('apiserver', {
    commonName: 'kube-apiserver',
    altNames: ['IP:127.0.0.1', `IP:${FIRST_SERVICE_ADDRESS}`, 'DNS:localhost', 'DNS:kubernetes.default.svc'],
  });
  const accountKeys = writeServiceAccountKeys(at('pki'));
  const token = randomBytes(24).toString('hex');
  writeFileSync(at('pki', 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  processes.push(
    run.spawn(
      `${name}/kube-apiserver`,
      rigProgram('kube-apiserver'),
      [
        ...[`--etcd-servers=${etcdUrl}`, `--secure-port=${apiPort}`, '--bind-address=127.0.0.1', '--advertise-address=127.0.0.1'],
        ...[`--tls-cert-file=${serving.certificateFile}`, `--tls-private-key-file=${serving.keyFile}`, `--client-ca-file=${ca.pair.certificateFile}`],
        ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-signing-key-file=${accountKeys.privateFile}`],
        ...[`--service-account-key-file=${accountKeys.publicFile}`, `--token-auth-file=${at('pki', 'tokens.csv')}`],
        ...['--authorization-mode=RBAC', `--service-cluster-ip-range=${SERVICE_RANGE}`, '--allow-privileged=true'],
        // Both reconcile loops serve real networks; with one server on loopback they only cost start-up time.
        ...['--endpoint-reconciler-type=none', '--shutdown-delay-duration=0s'],
      ],
      { log: at('log', 'kube-apiserver') },
    ),
  );
  return { run, folder, server: `https://127.0.0.1:${apiPort}`, ca, token, processes };
}

async function startControllers(cluster: RigCluster, plane: ControlPlane): Promise<void> {
  const at = (...parts: string[]) => join(plane.folder, ...parts);
  const kubeconfig = `--kubeconfig=${cluster.kubeconfigFile}`;
  const start = (name: string, args: readonly string[]) =>
    plane.processes.push(plane.run.spawn(`${cluster.name}/${name}`, rigProgram(name), args, { log: at('log', name) }));
  const local = ['--leader-elect=false', '--bind-address=127.0.0.1', `--cert-dir=${at('pki')}`];
  start('kube-controller-manager', [
    ...[kubeconfig, ...local, `--secure-port=${await freePort()}`, `--root-ca-file=${plane.ca.pair.certificateFile}`],
    ...[`--service-account-private-key-file=${at('pki', 'sa.key')}`],
    '--controllers=*,-node-ipam-controller,-persistentvolume-attach-detach-controller',
  ]);
  start('kube-scheduler', [kubeconfig, ...local, `--secure-port=${await freePort()}`]);
  start('kwok', [kubeconfig, '--manage-all-nodes=true', '--config', sharedFile('kwok', 'stages.yaml'), '--node-lease-duration-seconds=40']);
}

interface NodeStatus {
  readonly spec?: { readonly taints?: readonly unknown[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function waitUntilUsable(cluster: RigCluster): Promise<void> {
  await cluster.api.post('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: NODE_NAME, labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': NODE_NAME } },
  });
  await waitFor(`the default ServiceAccount of ${cluster.name}`, () => cluster.api.find('/api/v1/namespaces/default/serviceaccounts/default'), {
    timeoutMs: START_TIMEOUT_MS,
  });
  await waitFor(
    `the node of ${cluster.name}`,
    async () => {
      const node = await cluster.api.find<NodeStatus>(`/api/v1/nodes/${NODE_NAME}`);
      const isReady = node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
      return isReady && (node?.spec?.taints ?? []).length === 0;
    },
    { timeoutMs: START_TIMEOUT_MS },
  );
}

/** Starts a cluster on free ports and waits until it schedules pods; {@link RigCluster.stop} ends it. */
export async function startCluster(options: ClusterOptions): Promise<RigCluster> {
  const run = await rigRun();
  const plane = await startControlPlane(run, options.name);
  const cluster = new RigCluster(options.name, plane);
  writeFileSync(cluster.kubeconfigFile, cluster.kubeconfig, { mode: 0o600 });
  try {
    await waitFor(
      `the API server of ${options.name}`,
      async () => {
        cluster.assertRunning();
        return (await cluster.api.get('/readyz')) === 'ok';
      },
      { timeoutMs: START_TIMEOUT_MS },
    );
    await startControllers(cluster, plane);
    await waitUntilUsable(cluster);
  } catch (error) {
    const tails = plane.processes.filter((process) => !process.isRunning).map((process) => `${process.name}:\n${process.logTail()}`);
    await cluster.stop();
    throw new Error(`cluster ${options.name} did not start: ${(error as Error).message}\n${tails.join('\n')}`, { cause: error });
  }
  return cluster;
}
