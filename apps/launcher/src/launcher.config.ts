import { z } from 'zod';

/** Every variable `npm start` reads; hub, worker and simulator are given what they need. */
export const launcherConfig = z.object({
  PORT: z.coerce.number().int().min(1).max(65_535).default(8080).describe('port of the console and the API'),
  DATABASE_URL: z.string().default('').describe('a Postgres of your own; empty: one is run from npm packages, its data in FLOTILLA_DATA_DIR'),
  FLOTILLA_DATA_DIR: z.string().default('.flotilla').describe('folder of the data, keys, credentials and logs'),
  FLOTILLA_SIM_CLUSTERS: z.coerce.number().int().min(0).max(2_000).default(24).describe('simulated clusters; 0: none'),
  FLOTILLA_OPEN: z.stringbool().default(true).describe('open the console in a browser when there is a terminal'),
});
export type LauncherConfig = z.infer<typeof launcherConfig>;
