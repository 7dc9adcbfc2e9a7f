// `npm run start:real`: Flotilla with two real clusters and a real forge, to play with.
import { randomBytes } from 'node:crypto';
import { configOrExit } from '@flotilla/config';
import { z } from 'zod';
import { assertPortFree } from '../../../apps/launcher/src/assert-port-free.js';
import { LauncherError } from '../../../apps/launcher/src/data-folder.js';
import { missingPrograms, rigFolder } from '../rig-folder.js';
import { rigRun } from '../rig-run.js';
import { invitation } from './invitation.js';
import { RealFleet } from './real-fleet.js';

const WATCH_MS = 1_000;
const PASSWORD_BYTES = 9;

const { PORT: port } = configOrExit(
  'npm run start:real',
  'Flotilla on this machine with two real Kubernetes clusters, real Flux and a fleet repo in a real Gitea; all state is temporary',
  z.object({ PORT: z.coerce.number().int().min(1).max(65_535).default(3100).describe('port of the console and the API') }),
  process.env,
  process.argv.slice(2),
);
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const adminPassword = randomBytes(PASSWORD_BYTES).toString('base64url');
const fleet = new RealFleet({ port, adminPassword, say });
const began = Date.now();
let ending = false;

async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  say('stopping …');
  await fleet.stop();
  process.exit(code);
}

/** Says what happened and ends everything; once the end has begun, failures are its consequence. */
async function fail(error: unknown): Promise<void> {
  if (ending) return;
  say(error instanceof Error ? error.message : String(error));
  await end(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0));

try {
  // ends what a killed run left, which may hold the port
  await rigRun();
  await assertPortFree(port, `PORT=${port + 1} npm run start:real`);
  const missing = missingPrograms();
  if (missing.length > 0) throw new LauncherError(`the rig has no ${missing.join(', ')} in ${rigFolder()}; build them: npm run rig:build`);
  const playground = await fleet.start();
  say(`everything runs after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  process.stdout.write(invitation(playground, adminPassword));
  setInterval(() => {
    try {
      if (!ending) fleet.assertRunning();
    } catch (error) {
      void fail(error);
    }
  }, WATCH_MS);
} catch (error) {
  await fail(error);
}
