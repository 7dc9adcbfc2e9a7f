import { resolve } from 'node:path';
import { z } from 'zod';

/** Every variable the simulator reads, with what it is for; `--help` prints it. */
export const simulatorEnvironment = z.object({
  FLOTILLA_HUB_URL: z.url({ protocol: /^https?$/ }).describe('base URL of the hub'),
  FLOTILLA_SIM_TOKEN: z.string().min(1).describe('API token that may create clusters and join tokens'),
  FLOTILLA_SIM_REPO: z.string().min(1).describe('fleet repo the virtual clusters follow: path or http URL'),
  FLOTILLA_SIM_REPO_URL: z.string().min(1).optional().describe('URL the hub knows that repo under; default: FLOTILLA_SIM_REPO'),
  FLOTILLA_SIM_REPO_DIR: z.string().min(1).optional().describe('bare repository behind that URL; the demo fleet is made in it when it holds no commits'),
  FLOTILLA_SIM_CLUSTERS: z.coerce.number().int().min(1).max(2000).default(24).describe('number of virtual clusters'),
  FLOTILLA_SIM_STATE: z.string().min(1).describe('directory that keeps identities and objects across restarts'),
  FLOTILLA_SIM_POLL_MS: z.coerce.number().int().min(100).max(600_000).default(1500).describe('how often the repo is fetched'),
});

export interface SimulatorConfig {
  readonly hubUrl: string;
  readonly token: string;
  readonly repo: string;
  readonly repoUrl: string;
  /** the demo fleet is made here when given */
  readonly repoDirectory?: string | undefined;
  readonly clusters: number;
  readonly stateDirectory: string;
  readonly pollMs: number;
}

/** Reads and checks the configuration; throws an error that names the variable. */
export function readSimulatorConfig(env: Readonly<Record<string, string | undefined>> = process.env): SimulatorConfig {
  const parsed = simulatorEnvironment.safeParse(env);
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  const variables = parsed.data;
  return {
    hubUrl: variables.FLOTILLA_HUB_URL.replace(/\/+$/, ''),
    token: variables.FLOTILLA_SIM_TOKEN,
    repo: variables.FLOTILLA_SIM_REPO,
    repoUrl: variables.FLOTILLA_SIM_REPO_URL ?? variables.FLOTILLA_SIM_REPO,
    repoDirectory: variables.FLOTILLA_SIM_REPO_DIR,
    clusters: variables.FLOTILLA_SIM_CLUSTERS,
    stateDirectory: variables.FLOTILLA_SIM_STATE,
    pollMs: variables.FLOTILLA_SIM_POLL_MS,
  };
}

/** Where `npm start` keeps the demo fleet repo; absolute, because git runs elsewhere. */
export function demoRepoDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return resolve(env['FLOTILLA_DATA_DIR'] || '.flotilla', 'git', 'fleet.git');
}
