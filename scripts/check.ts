/**
 * Runs gates and ends with `N passed, N failed` over all of them: `node scripts/check.ts fast|test|real`; names of test files after `real` run only those.
 * A static check counts as one; vitest projects count their tests. A gate that runs nothing is a failure.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

interface Gate {
  name: string;
  command: string[];
  /** vitest writes its numbers here */
  counts?: string;
  timeoutMinutes: number;
}

const scratch = mkdtempSync(path.join(os.tmpdir(), 'flotilla-check-'));
const check = (name: string, ...command: string[]): Gate => ({ name, command, timeoutMinutes: 5 });
const project = (name: string, timeoutMinutes: number, files: string[] = []): Gate => {
  const counts = path.join(scratch, `${name}.json`);
  return {
    name,
    command: ['vitest', 'run', ...files, '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${counts}`],
    counts,
    timeoutMinutes,
  };
};

const statics = [
  check('typecheck', 'tsc', '-p', 'tsconfig.json'),
  check('typecheck of the console', 'tsc', '-p', 'apps/web/tsconfig.json', '--noEmit'),
  check('lint', 'oxlint'),
  check('format', 'prettier', '--check', '--log-level=warn', '.'),
  check('import rules', 'depcruise', '--config', '.dependency-cruiser.cjs', 'apps', 'libs', '--output-type', 'err'),
  // the build's configurations say which source an import of another workspace's dist stands for
  check('dead code', 'knip', '--no-progress', '--tsConfig', 'tsconfig.build.json', '--treat-config-hints-as-errors'),
];
const generated = [
  check('migration fits the schema', 'node', 'scripts/db-migration.ts', '--check'),
  ...['generate-openapi', 'generate-cli-docs', 'generate-config-docs', 'generate-problem-docs', 'generate-agent-rbac', 'generate-agent-chart'].map((name) =>
    check(`${name} is up to date`, 'node', `scripts/${name}.ts`, '--check'),
  ),
];
const suites: Record<string, Gate[]> = {
  fast: [...statics, project('unit', 10), project('property', 10)],
  test: [...statics, ...generated, project('unit', 10), project('property', 10), project('medium', 15), project('simulator', 15), project('web', 15)],
  real: [project('real', 60, process.argv.slice(3))],
};

const chosen = suites[process.argv[2] ?? ''];
if (!chosen) {
  console.error(`usage: node scripts/check.ts ${Object.keys(suites).join('|')}`);
  process.exit(2);
}

let passed = 0;
let failed = 0;
for (const gate of chosen) {
  const started = Date.now();
  const ok = await run(gate);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const numbers = gate.counts ? countsOf(gate.counts) : ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  // a suite that died, or ran nothing, did not pass
  if (!ok && numbers.failed === 0) numbers.failed = 1;
  passed += numbers.passed;
  failed += numbers.failed;
  console.log(`${numbers.failed === 0 ? 'ok  ' : 'FAIL'} ${gate.name}: ${numbers.passed} passed, ${numbers.failed} failed (${seconds} s)`);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

function run(gate: Gate): Promise<boolean> {
  const [command = '', ...args] = gate.command;
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    const timer = setTimeout(() => {
      console.error(`${gate.name}: not done within ${gate.timeoutMinutes} min, ending it`);
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    }, gate.timeoutMinutes * 60_000);
    child.once('error', (error) => {
      clearTimeout(timer);
      console.error(`${gate.name}: ${error.message}`);
      resolve(false);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

function countsOf(file: string): { passed: number; failed: number } {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numFailedTestSuites: number;
    numPendingTests: number;
    numTodoTests: number;
  };
  const skipped = report.numPendingTests + report.numTodoTests;
  return { passed: report.numPassedTests, failed: report.numFailedTests + skipped + (report.numFailedTests === 0 ? report.numFailedTestSuites : 0) };
}
