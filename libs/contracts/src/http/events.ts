import { z } from 'zod';
import { id } from '../names.js';

/**
 * Server-sent events of `GET /events`. They are nudges: `topic` says which lists changed, `clusterIds` for which clusters (empty: all in scope).
 * `refresh`: too much changed or the id is too old; read again.
 */
export const eventTopics = ['clusters', 'objects', 'operations', 'rollbacks', 'alerts', 'fleet-repos', 'ledger', 'refresh'] as const;
export type EventTopic = (typeof eventTopics)[number];
export const hubEvent = z.object({ topic: z.enum(eventTopics), clusterIds: z.array(id).max(200) }).meta({ id: 'HubEvent' });
export type HubEvent = z.infer<typeof hubEvent>;
