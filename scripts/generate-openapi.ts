/**
 * Writes docs/reference/openapi.json from the hub's routes and their zod schemas (`--check`: compares and exits 1 on a difference).
 * Puts the hub together without starting it, so nothing is called.
 */
import { randomBytes } from 'node:crypto';
import { loadConfig } from '@flotilla/config';
import { createHub, hubConfig, OpenApiDocument } from '@flotilla/hub';
import { silentLogger } from '@flotilla/observability';
import { writeOrCheck } from './generated-file.ts';

const target = 'docs/reference/openapi.json';
const config = loadConfig(hubConfig, {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  FLOTILLA_SECRET_KEY: randomBytes(32).toString('base64'),
  FLOTILLA_LOG_LEVEL: 'silent',
});
const app = await createHub(config, silentLogger());
const text = `${JSON.stringify(app.get(OpenApiDocument).read(), null, 2)}\n`;
writeOrCheck(target, text, 'npm run docs:openapi');
// timers of providers would keep the process; there is nothing to close
process.exit(0);
