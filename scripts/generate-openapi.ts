/**
 * Writes docs/reference/openapi.json from the hub's routes and their zod schemas (`--check`: compares and exits 1 on a difference).
 * Puts the hub together without starting it, so nothing is called.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { loadConfig } from '@flotilla/config';
import { createHub, hubConfig, OpenApiDocument } from '@flotilla/hub';
import { silentLogger } from '@flotilla/observability';

const target = 'docs/reference/openapi.json';
const config = loadConfig(hubConfig, {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  FLOTILLA_SECRET_KEY: randomBytes(32).toString('base64'),
  FLOTILLA_LOG_LEVEL: 'silent',
});
const app = await createHub(config, silentLogger());
const text = `${JSON.stringify(app.get(OpenApiDocument).read(), null, 2)}\n`;
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
  console.log(`wrote ${target}`);
} else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
  console.error(`${target} does not describe the routes; run npm run docs:openapi`);
  process.exit(1);
}
// timers of providers would keep the process; there is nothing to close
process.exit(0);
