import { agentImageDefault } from '@flotilla/domain';
import { z } from 'zod';

/** Every variable the worker reads. */
export const workerConfig = z.object({
  DATABASE_URL: z.string().min(1).describe('Postgres 15 or later; a direct or session-mode connection (LISTEN is used)'),
  FLOTILLA_PUBLIC_URL: z.string().default('http://127.0.0.1:8080').describe('URL under which agents reach the hub; written into what a bootstrap applies'),
  FLOTILLA_SECRET_KEY: z.string().default('').describe('32 bytes in base64 that seal stored secrets; or use FLOTILLA_SECRET_KEY_FILE'),
  FLOTILLA_SECRET_KEY_FILE: z.string().default('').describe('file with that key'),
  FLOTILLA_OUTBOUND_ALLOW: z.string().default('').describe('comma-separated CIDRs of private networks the worker may call; metadata addresses never'),
  FLOTILLA_AGENT_IMAGE: z.string().min(1).default(agentImageDefault).describe('image of the agent, with tag or digest, that a bootstrap writes into Git'),
  FLOTILLA_HUB_CA_FILE: z
    .string()
    .default('')
    .describe('file with the PEM that agents check the certificate of FLOTILLA_PUBLIC_URL with; empty: the public roots'),
  FLOTILLA_CACHE_DIR: z.string().default('').describe('folder of Git mirrors, kept over restarts; empty: a temporary one, gone with the process'),
  FLOTILLA_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info').describe('least level that is logged'),
  FLOTILLA_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(8).describe('most Postgres connections of this replica, besides those of the job queues'),
});
export type WorkerConfig = z.infer<typeof workerConfig>;
