import { createHash } from 'node:crypto';
import type { RigCluster } from './cluster.js';
import { commandOutput, runCommand, type CommandResult } from './command.js';
import { rigProgram } from './rig-folder.js';

const FLUX_TIMEOUT_MS = 6 * 60_000;

/** Manifests of a Flux release, as text and by digest. */
export interface Distribution {
  readonly manifests: string;
  /** `sha256:<hex>` of the text. */
  readonly digest: string;
}

let exported: Promise<Distribution> | undefined;

/** The genuine distribution: what `flux install --export` prints for the four default components. */
export function exportDistribution(): Promise<Distribution> {
  exported ??= fluxOutput(['install', '--export']).then((manifests) => ({
    manifests,
    digest: `sha256:${createHash('sha256').update(manifests).digest('hex')}`,
  }));
  return exported;
}

interface FluxOptions {
  readonly cluster?: RigCluster;
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

function commandOptions(options: FluxOptions) {
  return {
    env: { ...process.env, ...options.env, ...(options.cluster?.commandEnvironment ?? { KUBECONFIG: '/dev/null' }) },
    timeoutMs: FLUX_TIMEOUT_MS,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? {} : { input: options.input }),
  };
}

/** Runs the real flux CLI, on a cluster when one is given, and gives code, output and error output. */
export function runFlux(args: readonly string[], options: FluxOptions = {}): Promise<CommandResult> {
  return runCommand(rigProgram('flux'), args, commandOptions(options));
}

/** As {@link runFlux}, but gives standard output and throws on a code other than 0. */
export function fluxOutput(args: readonly string[], options: FluxOptions = {}): Promise<string> {
  return commandOutput(rigProgram('flux'), args, commandOptions(options));
}

/** Applies the genuine distribution as `kubectl apply --server-side` would and waits for the running controllers. */
export async function installFlux(cluster: RigCluster): Promise<void> {
  const flux = await cluster.startFlux();
  const { manifests } = await exportDistribution();
  await cluster.kubectl(['apply', '--server-side', '--field-manager=flux', '-f', '-'], manifests);
  await flux.ready();
}

/** Applies the definitions of the image kinds, which the default distribution leaves out; nothing reconciles their objects. */
export async function installImageKinds(cluster: RigCluster): Promise<void> {
  const manifests = await fluxOutput(['install', '--export', '--components-extra=image-reflector-controller,image-automation-controller']);
  const definitions = manifests
    .split(/^---$/m)
    .filter((text) => /^kind: CustomResourceDefinition$/m.test(text) && /^ {2}group: image\.toolkit\.fluxcd\.io$/m.test(text));
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], definitions.join('---'));
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'customresourcedefinition', '-l', 'app.kubernetes.io/part-of=flux']);
}
