// The door of every npm script: makes sure that what a checkout needs is there (packages, Prisma client, builds), then runs the task on Node 24.
// Runs on Node >= 20.19 with no dependencies, since it is what installs them.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const bin = path.join(root, 'node_modules', '.bin');
const stampFile = path.join(root, 'node_modules', '.flotilla-setup.json');
const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}`, PRISMA_HIDE_UPDATE_MESSAGE: '1' };

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old to set up from; install Node 20.19 or later`);
  process.exit(1);
}

const hashOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
};
const filesBelow = (folder, accept) =>
  readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const at = path.join(folder, entry.name);
      if (entry.isDirectory()) return ['node_modules', 'dist', 'generated'].includes(entry.name) ? [] : filesBelow(at, accept);
      return accept(at) ? [at] : [];
    })
    .sort();

function run(title, command, args, extra = {}) {
  process.stderr.write(`${title} …\n`);
  const started = Date.now();
  const result = spawnSync(command, args, { env: { ...env, ...extra }, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    console.error(`${title} failed (${result.error?.message ?? `exit code ${result.status}`})`);
    process.exit(1);
  }
  process.stderr.write(`${title}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

const readStamps = () => (existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : {});
/** Runs a step when what it depends on changed since it last succeeded. */
function step(name, inputs, isThere, work) {
  const stamp = hashOf(inputs);
  if (readStamps()[name] === stamp && isThere()) return;
  work();
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, JSON.stringify({ ...readStamps(), [name]: stamp }));
}

/** Packages and generated code: what typechecking and tests from source need. */
function install() {
  step(
    'packages',
    ['package-lock.json'],
    () => existsSync(path.join(bin, 'tsc')) && existsSync(path.join(bin, 'node')),
    // not `npm ci`: it stops when the lock lacks the optional packages of another platform, and a registry mirror may not serve those; --no-save leaves the lock as it is
    () => run('installing packages', 'npm', ['install', '--no-save', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']),
  );
  // Prisma's CLI looks for an engine that generating does not use; naming any program keeps it from downloading one
  step(
    'prisma',
    filesBelow('prisma/schema', () => true),
    () => existsSync('libs/database/src/generated/client.ts'),
    () => run('generating the database client', 'prisma', ['generate'], { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' }),
  );
}

/** Builds of every program and of the console: what running them needs. */
function build() {
  const sources = filesBelow('.', (file) => /\.(ts|tsx|css|html|json)$/.test(file) && /^(apps|libs|tsconfig)/.test(file));
  step(
    'programs',
    sources.filter((file) => !file.startsWith('apps/web/')),
    () => existsSync('apps/hub/dist/main.js') && statSync('apps/hub/dist/main.js').size > 0,
    () => run('building programs', 'tsc', ['-b', 'tsconfig.build.json']),
  );
  if (existsSync('apps/web/vite.config.ts')) {
    step(
      'console',
      sources.filter((file) => /^(apps\/web|libs\/(contracts|domain|api-client))\//.test(file)),
      () => existsSync('apps/web/dist/index.html'),
      () => run('building the console', 'npm', ['run', 'build', '--silent', '-w', 'apps/web']),
    );
  }
}

/** Runs a program in the foreground with this terminal; ends as it ends. Signals of a terminal reach it by the process group. */
function become(command, args) {
  const child = spawn(command, args, { env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  child.on('error', (error) => {
    console.error(`${command}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

const [task, ...rest] = process.argv.slice(2);
switch (task) {
  case 'setup':
    install();
    build();
    console.log('setup done');
    break;
  case 'start':
    install();
    build();
    console.log('setup done');
    become('node', ['apps/launcher/dist/main.js', ...rest]);
    break;
  case 'built':
    install();
    build();
    become(rest[0], rest.slice(1));
    break;
  case 'installed':
    install();
    become(rest[0], rest.slice(1));
    break;
  default:
    console.error('usage: node scripts/run.mjs setup | start | built COMMAND … | installed COMMAND …');
    process.exit(2);
}
