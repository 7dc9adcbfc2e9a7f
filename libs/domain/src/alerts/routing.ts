import type { Matcher } from './matcher.js';

/** A node of the route tree, with what it inherits filled in. */
export interface Route {
  /** place in the tree: `0`, `0.1`, `0.1.2`; part of the key of its groups */
  readonly id: string;
  readonly receiver: string;
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  /** labels that make a group; `all` (`...`): each alert its own */
  readonly groupBy: readonly string[] | 'all';
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly routes: readonly Route[];
}

export interface WebhookIntegration {
  readonly kind: 'webhook';
  readonly url: string;
  readonly sendResolved: boolean;
  /** key of the signature; null: unsigned */
  readonly hmacSecret: string | null;
  /** most alerts in one message, 0: all */
  readonly maxAlerts: number;
}
export interface SlackIntegration {
  readonly kind: 'slack';
  readonly apiUrl: string;
  readonly sendResolved: boolean;
  readonly channel: string | null;
}
export type Integration = WebhookIntegration | SlackIntegration;

export interface Receiver {
  readonly name: string;
  readonly integrations: readonly Integration[];
}

export interface Routing {
  readonly route: Route;
  readonly receivers: readonly Receiver[];
}

/** Alertmanager's defaults. */
export const groupWaitMsDefault = 30_000;
export const groupIntervalMsDefault = 300_000;
export const repeatIntervalMsDefault = 4 * 3_600_000;

/** What routes until somebody says otherwise: alerts are kept and shown, and told to nobody. */
export const routingDefault = `# Alertmanager's route tree. Add receivers (webhook_configs, slack_configs) and routes to them.
route:
  receiver: nobody
  group_by: [alertname]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 4h
receivers:
  - name: nobody
`;
