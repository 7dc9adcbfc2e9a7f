import { buildConsole } from './console-build.js';

/** Builds the console once for the run, if its sources are newer. */
export async function setup(): Promise<void> {
  await buildConsole();
}
