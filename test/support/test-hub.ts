import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { loadConfig } from '@flotilla/config';
import { Database } from '@flotilla/database';
import { silentLogger } from '@flotilla/observability';
import { freshDatabaseUrl } from '@flotilla/testing';
import supertest from 'supertest';
import { createHub } from '../../apps/hub/src/create-hub.js';
import { hubConfig } from '../../apps/hub/src/hub.config.js';

/** The key that seals secrets, for a worker beside the hub. */
export const secretKey = randomBytes(32).toString('base64');
export const adminPassword = 'correct horse battery staple';
export const adminToken = `flt_${'a'.repeat(43)}`;

/** A real hub on a database of its own, listening on a free port of loopback. */
export interface TestHub {
  app: NestExpressApplication;
  database: Database;
  url: string;
  /** requests with the admin's API token */
  admin(): ReturnType<typeof supertest.agent>;
  /** requests with another token */
  as(token: string): ReturnType<typeof supertest.agent>;
  /** requests without credentials */
  anonymous(): ReturnType<typeof supertest.agent>;
  /** rows in a table */
  count(table: string): Promise<number>;
  /** entries of the audit trail that are no refusals */
  acts(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts one; `env` adds variables of `hub.config.ts`. The caller stops it. */
export async function startTestHub(env: Record<string, string> = {}): Promise<TestHub> {
  const databaseUrl = await freshDatabaseUrl();
  const config = loadConfig(hubConfig, {
    DATABASE_URL: databaseUrl,
    PORT: '0',
    FLOTILLA_SECRET_KEY: secretKey,
    FLOTILLA_PUBLIC_URL: 'http://hub.example.test',
    FLOTILLA_ADMIN_PASSWORD: adminPassword,
    FLOTILLA_ADMIN_TOKEN: adminToken,
    FLOTILLA_LOG_LEVEL: 'silent',
    FLOTILLA_CONSOLE_DIR: '/nonexistent',
    FLOTILLA_POOL_SIZE: '5',
    ...env,
  });
  const app = await createHub(config, silentLogger());
  await app.listen(config.PORT, '127.0.0.1');
  const server = app.getHttpServer() as import('node:http').Server;
  const database = new Database({ url: databaseUrl, poolSize: 2 });
  return {
    app,
    database,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    admin: () => supertest.agent(server).set('authorization', `Bearer ${adminToken}`),
    as: (token) => supertest.agent(server).set('authorization', `Bearer ${token}`),
    anonymous: () => supertest.agent(server),
    async count(table) {
      const [row] = await database.query<{ n: bigint }>(`select count(*) as n from "${table}"`);
      return Number(row?.n ?? -1);
    },
    async acts() {
      const [row] = await database.query<{ n: bigint }>(`select count(*) as n from audit_entry where outcome <> 'refused'`);
      return Number(row?.n ?? -1);
    },
    async stop() {
      await app.close();
      await database.close();
    },
  };
}
