import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM_NAMES, versionsKey } from './programs.js';

/** Folder that holds every program set and the Go toolchain: `$XDG_CACHE_HOME/flotilla-rig`. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'flotilla-rig');
}

/** Folder of this version set's programs; `FLOTILLA_RIG_BIN` names another one. */
export function rigFolder(): string {
  return process.env['FLOTILLA_RIG_BIN'] || join(cacheFolder(), versionsKey());
}

/** Programs that `KUBEBUILDER_ASSETS` may bring, as envtest lays them out. */
const ASSET_PROGRAMS: readonly string[] = ['etcd', 'kube-apiserver', 'kubectl'];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of a program when it is there, from `KUBEBUILDER_ASSETS` first. */
export function findProgram(name: string): string | undefined {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const candidates = [...(assets && ASSET_PROGRAMS.includes(name) ? [join(assets, name)] : []), join(rigFolder(), name)];
  return candidates.find(isProgram);
}

/** Path of a program; throws with the remedy when the rig is not built. */
export function rigProgram(name: string): string {
  const path = findProgram(name);
  if (path === undefined) {
    throw new Error(`the rig has no ${name} in ${rigFolder()}: run \`npm run rig:build\` (missing: ${missingPrograms().join(', ')})`);
  }
  return path;
}

/** Programs that are not built yet. */
export function missingPrograms(): string[] {
  return PROGRAM_NAMES.filter((name) => findProgram(name) === undefined);
}

/** Path of a file or folder that programs read at run time (kwok stages, Gitea templates). */
export function sharedFile(...parts: string[]): string {
  return join(rigFolder(), 'share', ...parts);
}
