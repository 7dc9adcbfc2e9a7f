// `npm run rig:build`: builds every program of the rig once, into a cache folder outside the repository.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { buildFluxCli } from './build-flux-cli.js';
import { withBuildLock } from './build-lock.js';
import { commandOutput, runCommand } from './command.js';
import { goToolchain, missingGoTools } from './go-toolchain.js';
import { buildProgram, downloadModule } from './go-module.js';
import { GITEA, GO_PROGRAMS, KWOK, PROGRAM_NAMES } from './programs.js';
import { findProgram, missingPrograms, rigFolder, rigProgram, sharedFile } from './rig-folder.js';

/** The whole build runs at the lowest priority, so that tests beside it keep their pace. */
const BUILD_NICENESS = 19;

function say(line: string): void {
  process.stdout.write(`rig: ${line}\n`);
}

async function isInstalled(tool: string): Promise<boolean> {
  return runCommand(tool, ['--version']).then(
    () => true,
    () => false,
  );
}

/** Tools that the rig needs and this machine lacks, each with what it is for. */
async function missingTools(): Promise<string[]> {
  const needed: readonly (readonly [string, string])[] = [
    ['git', 'the fleet repositories'],
    ['openssl', 'the certificates of the clusters'],
    ['ssh', 'Git over SSH with deploy keys'],
    ['ssh-keygen', 'deploy keys'],
    ...(findProgram('gitea') === undefined ? [['gcc', 'building Gitea with its SQLite'] as const] : []),
  ];
  const missing: string[] = [];
  for (const [tool, purpose] of needed) {
    if (!(await isInstalled(tool))) missing.push(`${tool} (${purpose})`);
  }
  if (missingPrograms().length > 0 || missingShares().length > 0) missing.push(...(await missingGoTools()));
  return missing;
}

interface Share {
  readonly path: string;
  readonly make: (go: string, to: string) => Promise<void>;
}

const KWOK_STAGES = ['node/fast/node-initialize.yaml', 'node/heartbeat-with-lease/node-heartbeat-with-lease.yaml'];

/** Files that programs read at run time and that live in their modules: kept here, so that a warm start needs no Go. */
const SHARES: readonly Share[] = [
  {
    path: sharedFile('kwok', 'stages.yaml'),
    make: async (go, to) => {
      const stages = join((await downloadModule(go, KWOK.module, KWOK.version)).folder, 'kustomize', 'stage');
      const pods = readdirSync(join(stages, 'pod', 'fast')).filter((name) => /^pod-.*\.yaml$/.test(name));
      const files = [...KWOK_STAGES, ...pods.map((name) => `pod/fast/${name}`)];
      writeFileSync(to, files.map((file) => readFileSync(join(stages, file), 'utf8')).join('\n---\n'));
    },
  },
  {
    path: sharedFile('gitea'),
    make: async (go, to) => {
      const { folder } = await downloadModule(go, GITEA.module, GITEA.version);
      for (const part of ['templates', 'options', 'public']) cpSync(join(folder, part), join(to, part), { recursive: true });
      await commandOutput('chmod', ['-R', 'u+w', to]);
    },
  },
];

function missingShares(): Share[] {
  return SHARES.filter((share) => !existsSync(share.path));
}

async function makeShare(go: string, share: Share): Promise<void> {
  const partial = `${share.path}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(dirname(partial), { recursive: true });
  await share.make(go, partial);
  renameSync(partial, share.path);
}

async function buildMissing(): Promise<void> {
  const folder = rigFolder();
  const go = await goToolchain(say);
  for (const share of missingShares()) await makeShare(go, share);
  for (const name of missingPrograms()) {
    const started = Date.now();
    say(`building ${name} (${missingPrograms().length} of ${PROGRAM_NAMES.length} programs missing)`);
    const program = GO_PROGRAMS.find((one) => one.name === name);
    if (program === undefined) await buildFluxCli(go, rigProgram('kubectl'), folder, say);
    else await buildProgram(go, program, folder);
    say(`built ${name} in ${Math.round((Date.now() - started) / 1000)} s`);
  }
}

async function main(): Promise<void> {
  const missing = await missingTools();
  if (missing.length > 0) {
    throw new Error(`the rig cannot be built or run here, missing:\n${missing.map((tool) => `  - ${tool}`).join('\n')}`);
  }
  if (missingPrograms().length > 0 || missingShares().length > 0) {
    setPriority(BUILD_NICENESS);
    await withBuildLock(rigFolder(), say, buildMissing);
  }
  say(`ready in ${rigFolder()}`);
}

main().catch((error: unknown) => {
  process.stderr.write(`rig: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
