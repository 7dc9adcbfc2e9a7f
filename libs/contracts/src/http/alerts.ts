import { z } from 'zod';
import { id, instant } from '../names.js';
import { pageOf, pageQuery } from '../page.js';

/** An alert: labels identify it (as Alertmanager), annotations describe it. `endsAt` null while firing. */
const alertResponse = z
  .object({
    id,
    fingerprint: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    state: z.enum(['firing', 'resolved']),
    startsAt: instant,
    endsAt: instant.nullable(),
    clusterId: id.nullable(),
    receivers: z.array(z.string()),
  })
  .meta({ id: 'Alert' });
export type AlertResponse = z.infer<typeof alertResponse>;
export const alertsQuery = pageQuery.extend({ state: z.enum(['firing', 'resolved']).exactOptional(), cluster: z.string().max(63).exactOptional() });
export const alertsPage = pageOf(alertResponse).meta({ id: 'AlertPage' });

/** Routing in Alertmanager's YAML: `route` and `receivers` (webhook_configs, slack_configs). `PUT /routes` replaces it whole, checked. */
export const routingDocument = z.object({ yaml: z.string().max(256 * 1024) }).meta({ id: 'RoutingDocument' });
export const routingResponse = z
  .object({
    yaml: z.string(),
    updatedAt: instant.nullable(),
    updatedBy: z.string().nullable(),
    receivers: z.array(z.object({ name: z.string(), kinds: z.array(z.string()) })),
  })
  .meta({ id: 'Routing' });
export const routesTestRequest = z.object({ labels: z.record(z.string(), z.string()) }).meta({ id: 'RoutesTest' });
export const routesTestResponse = z
  .object({ matches: z.array(z.object({ receiver: z.string(), path: z.array(z.string()), groupBy: z.array(z.string()) })) })
  .meta({ id: 'RoutesTestResult' });
const deliveryResponse = z
  .object({
    id,
    receiver: z.string(),
    integration: z.string(),
    groupKey: z.string(),
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.number().int(),
    alerts: z.number().int(),
    message: z.string(),
    createdAt: instant,
    deliveredAt: instant.nullable(),
  })
  .meta({ id: 'Delivery' });
export type DeliveryResponse = z.infer<typeof deliveryResponse>;
export const deliveriesPage = pageOf(deliveryResponse).meta({ id: 'DeliveryPage' });

/** Inbound hooks: one URL and key each; the key is shown once. `install`: the hub also sets a push hook at the forge of its fleet repo. */
export const hookProviders = ['github', 'gitea', 'flux'] as const;
export const createHookRequest = z
  .object({ provider: z.enum(hookProviders), fleetRepoId: id.exactOptional(), clusterId: id.exactOptional(), install: z.boolean().default(false) })
  .meta({ id: 'CreateHook' });
export const hookResponse = z
  .object({
    id,
    provider: z.enum(hookProviders),
    url: z.string(),
    fleetRepoId: id.nullable(),
    clusterId: id.nullable(),
    lastReceivedAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'Hook' });
export const createdHookResponse = hookResponse
  .extend({ key: z.string(), /** the setting at the forge */ operationId: id.nullable() })
  .meta({ id: 'CreatedHook' });
export const hooksPage = pageOf(hookResponse).meta({ id: 'HookPage' });
