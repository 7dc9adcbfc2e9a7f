import { FlotillaError } from '@flotilla/contracts';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import { createMatcher, parseMatchers, type Matcher } from './matcher.js';
import { groupIntervalMsDefault, groupWaitMsDefault, type Integration, type Receiver, repeatIntervalMsDefault, type Route, type Routing } from './routing.js';
import { secretPlaceholder } from './routing-secrets.js';

/** Bounds of one document. */
const routesMax = 500;
const routeDepthMax = 20;
const receiversMax = 200;

interface Complaint {
  path: string;
  message: string;
}

/**
 * Reads a routing document in Alertmanager's YAML: `global.slack_api_url`, `route` and `receivers` with `webhook_configs` and `slack_configs`.
 * A field it does not know is an error, since leaving a matcher or an inhibition out would tell the wrong people.
 * @throws FlotillaError routing-invalid; each error names its path and line
 */
export function parseRouting(text: string): Routing {
  const reader = new RoutingReader(text);
  const routing = reader.read();
  if (reader.complaints.length > 0 || routing === null) {
    const [first] = reader.complaints;
    throw new FlotillaError(
      'routing-invalid',
      `the routing file is not valid: ${first?.message ?? 'it is empty'}${reader.complaints.length > 1 ? ` (and ${reader.complaints.length - 1} more)` : ''}`,
      { errors: reader.complaints },
    );
  }
  return routing;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000, y: 365 * 86_400_000 };
/** A duration as Prometheus writes it, `1h30m`; null when it is none. */
export function parsePrometheusDuration(text: string): number | null {
  if (text === '0') return 0;
  const match = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (!match || text === '') return null;
  return ['y', 'w', 'd', 'h', 'm', 's', 'ms'].reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * (unitMs[unit] ?? 0), 0);
}

class RoutingReader {
  readonly complaints: Complaint[] = [];
  private readonly lines = new LineCounter();
  private readonly document: Document;
  private routes = 0;
  private slackApiUrl: string | null = null;

  constructor(text: string) {
    this.document = parseDocument(text, { lineCounter: this.lines, merge: false });
  }

  read(): Routing | null {
    for (const error of this.document.errors)
      this.complaints.push({ path: '', message: `line ${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0] ?? ''}` });
    if (this.complaints.length > 0) return null;
    const root = this.document.contents;
    if (!isMap(root)) {
      this.complain(root, '', 'the document must be a mapping with route and receivers');
      return null;
    }
    this.onlyFields(root, '', ['global', 'route', 'receivers']);
    const global = root.get('global', true);
    if (isMap(global)) {
      this.onlyFields(global, 'global', ['slack_api_url', 'resolve_timeout']);
      this.slackApiUrl = this.text(global, 'global', 'slack_api_url');
    }
    const receivers = this.receivers(root.get('receivers', true));
    const names = new Set(receivers.map((receiver) => receiver.name));
    const node = root.get('route', true);
    if (!isMap(node)) {
      this.complain(root, 'route', 'there is no route');
      return null;
    }
    const receiver = this.text(node, 'route', 'receiver');
    if (receiver === null) this.complain(node, 'route.receiver', 'the root route needs a receiver');
    for (const field of ['matchers', 'match', 'match_re', 'continue'])
      if (node.has(field)) this.complain(node, `route.${field}`, `the root route takes every alert, so it has no ${field}`);
    const inherited: Route = {
      id: '',
      receiver: receiver ?? '',
      matchers: [],
      continue: false,
      groupBy: [],
      groupWaitMs: groupWaitMsDefault,
      groupIntervalMs: groupIntervalMsDefault,
      repeatIntervalMs: repeatIntervalMsDefault,
      routes: [],
    };
    return { route: this.route(node, 'route', '0', inherited, names, 0), receivers };
  }

  private route(node: YAMLMap, path: string, id: string, inherited: Route, receivers: ReadonlySet<string>, depth: number): Route {
    this.routes += 1;
    if (this.routes > routesMax || depth > routeDepthMax) {
      if (this.complaints.length === 0) this.complain(node, path, `more than ${routesMax} routes, or deeper than ${routeDepthMax}`);
      return inherited;
    }
    this.onlyFields(node, path, [
      'receiver',
      'matchers',
      'match',
      'match_re',
      'continue',
      'group_by',
      'group_wait',
      'group_interval',
      'repeat_interval',
      'routes',
    ]);
    const receiver = this.text(node, path, 'receiver') ?? inherited.receiver;
    if (receiver !== '' && !receivers.has(receiver)) this.complain(node, `${path}.receiver`, `no receiver is named "${receiver}"`);
    const own: Route = {
      id,
      receiver,
      matchers: this.matchers(node, path),
      continue: this.flag(node, path, 'continue', false),
      groupBy: this.groupBy(node, path) ?? inherited.groupBy,
      groupWaitMs: this.duration(node, path, 'group_wait', true) ?? inherited.groupWaitMs,
      groupIntervalMs: this.duration(node, path, 'group_interval', false) ?? inherited.groupIntervalMs,
      repeatIntervalMs: this.duration(node, path, 'repeat_interval', false) ?? inherited.repeatIntervalMs,
      routes: [],
    };
    const children = this.maps(node.get('routes', true), `${path}.routes`);
    return { ...own, routes: children.map((child, index) => this.route(child, `${path}.routes[${index}]`, `${id}.${index}`, own, receivers, depth + 1)) };
  }

  private matchers(node: YAMLMap, path: string): Matcher[] {
    const found: Matcher[] = [];
    const attempt = (at: unknown, where: string, read: () => Matcher[]): void => {
      try {
        found.push(...read());
      } catch (error) {
        this.complain(at, where, error instanceof Error ? error.message : 'not a matcher');
      }
    };
    const list = node.get('matchers', true);
    if (list !== undefined && !isSeq(list)) this.complain(list, `${path}.matchers`, 'matchers is a list of name="value"');
    if (isSeq(list))
      list.items.forEach((item, index) => attempt(item, `${path}.matchers[${index}]`, () => parseMatchers(isScalar(item) ? String(item.value) : '')));
    for (const [field, operator] of [
      ['match', '='],
      ['match_re', '=~'],
    ] as const) {
      const map = node.get(field, true);
      if (map !== undefined && !isMap(map)) this.complain(map, `${path}.${field}`, `${field} is a mapping of label to value`);
      if (isMap(map))
        for (const { key, value } of map.items as Pair[])
          attempt(key, `${path}.${field}`, () => [createMatcher(String(key), operator, isScalar(value) ? String(value.value) : '')]);
    }
    return found;
  }

  private groupBy(node: YAMLMap, path: string): Route['groupBy'] | null {
    const list = node.get('group_by', true);
    if (list === undefined) return null;
    if (!isSeq(list)) {
      this.complain(list, `${path}.group_by`, 'group_by is a list of label names');
      return null;
    }
    const names = list.items.map((item) => (isScalar(item) ? String(item.value) : ''));
    if (names.includes('...')) {
      if (names.length > 1) this.complain(list, `${path}.group_by`, '"..." stands alone: it means every label');
      return 'all';
    }
    const bad = names.find((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name));
    if (bad !== undefined) this.complain(list, `${path}.group_by`, `"${bad}" is not a label name`);
    if (new Set(names).size < names.length) this.complain(list, `${path}.group_by`, 'a label is named twice');
    return names.sort();
  }

  private receivers(node: unknown): Receiver[] {
    const maps = this.maps(node, 'receivers');
    if (maps.length > receiversMax) this.complain(node, 'receivers', `more than ${receiversMax} receivers`);
    const seen = new Set<string>();
    return maps.slice(0, receiversMax).map((map, index) => {
      const path = `receivers[${index}]`;
      this.onlyFields(map, path, ['name', 'webhook_configs', 'slack_configs']);
      const name = this.text(map, path, 'name') ?? '';
      if (name === '') this.complain(map, `${path}.name`, 'a receiver needs a name');
      if (seen.has(name)) this.complain(map, `${path}.name`, `two receivers are named "${name}"`);
      seen.add(name);
      const webhooks = this.maps(map.get('webhook_configs', true), `${path}.webhook_configs`).map((config, n): Integration => {
        const at = `${path}.webhook_configs[${n}]`;
        this.onlyFields(config, at, ['url', 'send_resolved', 'hmac_secret', 'max_alerts']);
        const limit = config.get('max_alerts') ?? 0;
        if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0) this.complain(config, `${at}.max_alerts`, 'max_alerts is a number, 0 for all');
        return {
          kind: 'webhook',
          url: this.url(config, at, 'url', null),
          sendResolved: this.flag(config, at, 'send_resolved', true),
          hmacSecret: this.text(config, at, 'hmac_secret'),
          maxAlerts: typeof limit === 'number' ? limit : 0,
        };
      });
      const slacks = this.maps(map.get('slack_configs', true), `${path}.slack_configs`).map((config, n): Integration => {
        const at = `${path}.slack_configs[${n}]`;
        this.onlyFields(config, at, ['api_url', 'channel', 'send_resolved']);
        return {
          kind: 'slack',
          apiUrl: this.url(config, at, 'api_url', this.slackApiUrl),
          sendResolved: this.flag(config, at, 'send_resolved', true),
          channel: this.text(config, at, 'channel'),
        };
      });
      return { name, integrations: [...webhooks, ...slacks] };
    });
  }

  private url(node: YAMLMap, path: string, field: string, fallback: string | null): string {
    const text = this.text(node, path, field) ?? fallback ?? '';
    if (!/^https?:\/\/[^\s/]+/.test(text))
      this.complain(
        node,
        `${path}.${field}`,
        text === secretPlaceholder
          ? `${field} holds the placeholder of a secret that is not known; write the URL`
          : `${field} must be an http:// or https:// URL`,
      );
    return text;
  }

  private maps(node: unknown, path: string): YAMLMap[] {
    if (node === undefined || node === null || (isScalar(node) && node.value === null)) return [];
    if (!isSeq(node) || !node.items.every((item) => isMap(item))) {
      this.complain(node, path, 'must be a list of mappings');
      return [];
    }
    return node.items.filter((item) => isMap(item));
  }

  private text(node: YAMLMap, path: string, field: string): string | null {
    const value = node.get(field, true);
    if (value === undefined) return null;
    if (isScalar(value) && typeof value.value === 'string') return value.value;
    this.complain(value, `${path}.${field}`, `${field} must be text`);
    return null;
  }

  private flag(node: YAMLMap, path: string, field: string, fallback: boolean): boolean {
    const value = node.get(field);
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    this.complain(node, `${path}.${field}`, `${field} must be true or false`);
    return fallback;
  }

  private duration(node: YAMLMap, path: string, field: string, zero: boolean): number | null {
    const value = node.get(field, true);
    if (value === undefined) return null;
    const ms = isScalar(value) ? parsePrometheusDuration(String(value.value)) : null;
    if (ms === null || (ms === 0 && !zero)) {
      this.complain(value, `${path}.${field}`, `${field} must be a duration${zero ? '' : ' over zero'}, such as 30s, 5m or 1h30m`);
      return null;
    }
    return ms;
  }

  private onlyFields(node: YAMLMap, path: string, known: readonly string[]): void {
    for (const pair of node.items as Pair[]) {
      const name = String(pair.key);
      if (!known.includes(name))
        this.complain(pair.key, path === '' ? name : `${path}.${name}`, `${name} is not supported here; known are ${known.join(', ')}`);
    }
  }

  private complain(node: unknown, path: string, message: string): void {
    const range = typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range : undefined;
    const line = this.lines.linePos(range?.[0] ?? 0).line;
    this.complaints.push({ path, message: `line ${line}: ${message}` });
  }
}
