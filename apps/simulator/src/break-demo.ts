import { advanceFleetRepo, breakFleetRepo, type DemoBreakage } from './demo-fleet-repo.js';
import { demoRepoDirectory } from './simulator.config.js';

/** `npm run demo:break [-- DIRECTORY] [health|build|good]`: commits a bad (or good) change to the demo fleet repo. */
const kinds = ['health', 'build', 'good'] as const;
const given = process.argv.slice(2);
const kind = kinds.find((candidate) => given.includes(candidate)) ?? 'health';
const directory = given.find((argument) => !kinds.some((candidate) => candidate === argument)) ?? demoRepoDirectory();
const commit = kind === 'good' ? await advanceFleetRepo(directory) : await breakFleetRepo(directory, kind satisfies DemoBreakage);
process.stdout.write(`committed ${commit} to ${directory}: ${kind === 'good' ? 'a good change' : `a change that fails at ${kind}`}\n`);
