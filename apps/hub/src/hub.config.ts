import { agentImageDefault } from '@flotilla/domain';
import { z } from 'zod';

/** Every variable the hub reads. */
export const hubConfig = z.object({
  DATABASE_URL: z.string().min(1).describe('Postgres 15 or later; a direct or session-mode connection (LISTEN is used)'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080).describe('port of the console, the API and the agent stream'),
  FLOTILLA_LISTEN_ADDRESS: z.string().default('127.0.0.1').describe('address to listen on; 0.0.0.0 in a container'),
  FLOTILLA_PUBLIC_URL: z.string().default('').describe('URL under which browsers and agents reach the hub; empty: http://127.0.0.1:PORT'),
  FLOTILLA_TRUSTED_PROXIES: z
    .string()
    .default('')
    .describe('comma-separated CIDRs of proxies whose X-Forwarded-For is believed, so that failed logins are counted per client; empty: none'),
  FLOTILLA_SECRET_KEY: z.string().default('').describe('32 bytes in base64 that seal stored secrets; or use FLOTILLA_SECRET_KEY_FILE'),
  FLOTILLA_SECRET_KEY_FILE: z.string().default('').describe('file with that key'),
  FLOTILLA_OUTBOUND_ALLOW: z.string().default('').describe('comma-separated CIDRs of private networks the hub may call; metadata addresses never'),
  FLOTILLA_AGENT_IMAGE: z.string().min(1).default(agentImageDefault).describe('image of the agent, with tag or digest, that join manifests name'),
  FLOTILLA_HUB_CA_FILE: z
    .string()
    .default('')
    .describe('file with the PEM that agents check the certificate of FLOTILLA_PUBLIC_URL with; empty: the public roots'),
  FLOTILLA_CONSOLE_DIR: z.string().default('').describe('folder of the built console; empty: the one in this checkout'),
  FLOTILLA_ADMIN_PASSWORD: z.string().default('').describe('password of the local user admin, set at start when that user does not exist'),
  FLOTILLA_ADMIN_TOKEN: z.string().default('').describe('API token of role admin, made at start under the name "bootstrap" when it does not exist'),
  FLOTILLA_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info').describe('least level that is logged'),
  FLOTILLA_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(12).describe('most Postgres connections of this replica, besides two for LISTEN'),
});
export type HubConfig = z.infer<typeof hubConfig>;

/** The hub's public URL without a trailing slash. */
export function publicUrl(config: HubConfig): string {
  return (config.FLOTILLA_PUBLIC_URL || `http://127.0.0.1:${config.PORT}`).replace(/\/+$/, '');
}
