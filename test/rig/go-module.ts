import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOutput, runCommand } from './command.js';
import type { GoProgram } from './programs.js';

const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;
const BUILD_TIMEOUT_MS = 60 * 60_000;

/** A module in the module cache: its folder and its go.mod. */
export interface GoModule {
  readonly folder: string;
  readonly goMod: string;
}

/** Downloads a module (or finds it in the cache). Throws when the proxy does not serve it: a 403 or 404 there is final. */
export async function downloadModule(go: string, module: string, version: string): Promise<GoModule> {
  const result = await runCommand(go, ['mod', 'download', '-json', `${module}@${version}`], { cwd: tmpdir(), timeoutMs: DOWNLOAD_TIMEOUT_MS });
  const answer = JSON.parse(result.stdout.toString() || '{}') as { Dir?: string; GoMod?: string; Error?: string };
  if (answer.Dir === undefined || answer.GoMod === undefined) {
    throw new Error(`cannot download ${module}@${version}: ${answer.Error ?? result.stderr.trim()}`);
  }
  return { folder: answer.Dir, goMod: answer.GoMod };
}

const LOCAL_REPLACE = /=>\s*\.\.?\//;

/**
 * go.mod of a module that only wraps a program. `go install main@version` refuses modules with replace directives, so the
 * wrapper takes over upstream's own requirements and its replaces, except the local ones, which mean folders that are
 * modules of their own on the proxy.
 */
function wrapperGoMod(upstream: string, program: Pick<GoProgram, 'name' | 'module' | 'version' | 'stagingVersion'>): string {
  const lines = upstream.split('\n');
  const kept = lines.filter((line) => !LOCAL_REPLACE.test(line)).map((line) => line.replace(/^module .*/, `module rig/${program.name}`));
  const staging =
    program.stagingVersion === undefined
      ? []
      : lines
          .map((line) => /^\s*(?:replace\s+)?(\S+)\s*=>\s*\.\/staging\//.exec(line)?.[1])
          .filter((path) => path !== undefined)
          .map((path) => `replace ${path} => ${path} ${program.stagingVersion}`);
  return [...kept, `require ${program.module} ${program.version}`, ...staging, ''].join('\n');
}

export interface GoBuild {
  readonly go: string;
  readonly folder: string;
  readonly main: string;
  readonly output: string;
  readonly tags?: readonly string[];
  readonly stamps?: Readonly<Record<string, string>>;
}

/** Builds a main package; the program appears at `output` whole or not at all. */
export async function goBuild(build: GoBuild): Promise<void> {
  const partial = `${build.output}.partial`;
  const stamps = Object.entries(build.stamps ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const tags = build.tags === undefined ? [] : [`-tags=${build.tags.join(',')}`];
  const args = ['build', '-mod=mod', '-buildvcs=false', ...tags, '-ldflags', ['-s', '-w', ...stamps].join(' '), '-o', partial, build.main];
  await commandOutput(build.go, args, { cwd: build.folder, timeoutMs: BUILD_TIMEOUT_MS });
  renameSync(partial, build.output);
}

/** Builds one program of the rig's table into `folder`. */
export async function buildProgram(go: string, program: GoProgram, folder: string): Promise<void> {
  const upstream = await downloadModule(go, program.module, program.version);
  const work = mkdtempSync(join(tmpdir(), 'flotilla-rig-build-'));
  try {
    writeFileSync(join(work, 'go.mod'), wrapperGoMod(readFileSync(upstream.goMod, 'utf8'), program));
    await goBuild({
      go,
      folder: work,
      main: program.main,
      output: join(folder, program.name),
      ...(program.tags === undefined ? {} : { tags: program.tags }),
      ...(program.stamps === undefined ? {} : { stamps: program.stamps }),
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
