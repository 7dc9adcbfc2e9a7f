import { FlotillaError } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { groupKey, groupLabels, labelFingerprint, matchRoutes, routePath } from './match-routes.js';
import { parsePrometheusDuration, parseRouting } from './parse-routing.js';
import { redactRouting, restoreRoutingSecrets } from './routing-secrets.js';
import { routingDefault } from './routing.js';

const document = `
route:
  receiver: all
  group_by: [alertname, cluster]
  group_wait: 1s
  routes:
    - receiver: critical   # pages
      matchers: [ 'severity="critical"' ]
      continue: true
    - receiver: database
      match: { namespace: db }
      match_re: { name: "pg-.*|mysql" }
      group_by: ['...']
      repeat_interval: 1d
    - receiver: apps
      matchers:
        - namespace=~"shop|web", severity!="info"
      routes:
        - receiver: shop
          matchers: ['{namespace="shop"}']
receivers:
  - name: all
  - name: critical
    webhook_configs: [{ url: 'https://hooks.example.org/x', hmac_secret: s3cret }]
  - name: database
  - name: apps
  - name: shop
    slack_configs: [{ api_url: 'https://hooks.slack.com/services/T/B/x', channel: '#shop' }]
`;
const tree = parseRouting(document).route;
const taken = (labels: Record<string, string>): string[] => matchRoutes(tree, labels).map((route) => route.receiver);

describe('route tree', () => {
  it.each<[Record<string, string>, string[]]>([
    [{}, ['all']],
    [{ severity: 'critical' }, ['critical']],
    [{ severity: 'critical', namespace: 'web' }, ['critical', 'apps']],
    [{ namespace: 'shop' }, ['shop']],
    [{ namespace: 'shop', severity: 'info' }, ['all']],
    [{ namespace: 'shopping' }, ['all']],
    [{ namespace: 'db', name: 'pg-1' }, ['database']],
    [{ namespace: 'db', name: 'xpg-1' }, ['all']],
  ])('takes %j to %j', (labels, receivers) => expect(taken(labels)).toEqual(receivers));

  it('inherits what a route does not say', () => {
    const [shop] = matchRoutes(tree, { namespace: 'shop' });
    expect(shop).toMatchObject({ id: '0.2.0', groupBy: ['alertname', 'cluster'], groupWaitMs: 1_000, groupIntervalMs: 300_000, repeatIntervalMs: 14_400_000 });
    expect(routePath(tree, '0.2.0').map((route) => route.receiver)).toEqual(['all', 'apps', 'shop']);
    expect(matchRoutes(tree, { namespace: 'db', name: 'mysql' })).toMatchObject([{ groupBy: 'all', repeatIntervalMs: 86_400_000 }]);
  });

  it('groups by the labels named, or each alert by itself', () => {
    expect(groupLabels(tree, { alertname: 'a', kind: 'k' })).toEqual({ alertname: 'a' });
    const keys = ['1', '2'].map((name) => groupKey(tree, { alertname: 'a', cluster: 'c', name }));
    expect(keys[0]).toBe(keys[1]);
    const [own] = matchRoutes(tree, { namespace: 'db', name: 'mysql' });
    if (!own) throw new Error('no route');
    expect(groupKey(own, { namespace: 'db', name: 'mysql', x: '1' })).not.toBe(groupKey(own, { namespace: 'db', name: 'mysql', x: '2' }));
  });

  it('is read from the default document', () => {
    expect(parseRouting(routingDefault)).toMatchObject({
      route: { receiver: 'nobody', groupBy: ['alertname'] },
      receivers: [{ name: 'nobody', integrations: [] }],
    });
  });
});

describe('reading a routing document', () => {
  const errorsOf = (text: string): { path: string; message: string }[] => {
    try {
      parseRouting(text);
      return [];
    } catch (error) {
      if (!(error instanceof FlotillaError) || error.code !== 'routing-invalid') throw error;
      return error.options.errors ?? [];
    }
  };
  it.each<[string, string, RegExp]>([
    ['route: {receiver: a}\nreceivers: [{name: b}]', 'route.receiver', /line 1: no receiver is named "a"/],
    ['receivers: [{name: b}]', 'route', /no route/],
    ['route:\n  receiver: a\n  matchers: [x=1]\nreceivers: [{name: a}]', 'route.matchers', /takes every alert/],
    ['route:\n  receiver: a\n  group_interval: 0s\nreceivers: [{name: a}]', 'route.group_interval', /line 3/],
    ['route:\n  receiver: a\n  group_by: [a, a]\nreceivers: [{name: a}]', 'route.group_by', /twice/],
    ["route:\n  receiver: a\n  group_by: ['...', a]\nreceivers: [{name: a}]", 'route.group_by', /stands alone/],
    ['route:\n  receiver: a\n  routes:\n  - matchers: ["x=~(a+)+"]\nreceivers: [{name: a}]', 'route.routes[0].matchers[0]', /repeats a repetition/],
    ['route:\n  receiver: a\n  routes:\n  - matchers: ["x=~(a"]\nreceivers: [{name: a}]', 'route.routes[0].matchers[0]', /line 4: .*not a (matcher|regular)/],
    ['route: {receiver: a}\nreceivers: [{name: a}, {name: a}]', 'receivers[1].name', /two receivers/],
    ['route: {receiver: a}\ninhibit_rules: []\nreceivers: [{name: a}]', 'inhibit_rules', /line 2: inhibit_rules is not supported/],
    ['route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: ftp://x}]}]', 'receivers[0].webhook_configs[0].url', /http/],
    ['route: [', '', /line 1/],
    ['', '', /must be a mapping/],
  ])('refuses %j', (text, path, message) => {
    expect(errorsOf(text)).toContainEqual({ path, message: expect.stringMatching(message) as string });
  });

  it.each([
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['250ms', 250],
    ['0', 0],
    ['5', null],
    ['m5', null],
    ['', null],
  ])('reads the duration %j', (text, ms) => expect(parsePrometheusDuration(text)).toBe(ms));

  it('shows no secret, and takes the shown document back', () => {
    const shown = redactRouting(document);
    expect(shown).not.toMatch(/s3cret|services\/T/);
    expect(shown).toContain('# pages');
    expect(parseRouting(restoreRoutingSecrets(shown, document))).toEqual(parseRouting(document));
    expect(() => parseRouting(shown)).toThrow(/placeholder/);
  });
});

describe('fingerprint', () => {
  it('is Prometheus’', () => {
    expect(labelFingerprint({})).toBe('cbf29ce484222325');
    expect(labelFingerprint({ a: '1', b: '2' })).toBe(labelFingerprint({ b: '2', a: '1' }));
    expect(labelFingerprint({ a: 'b', c: '' })).not.toBe(labelFingerprint({ a: 'bc' }));
  });
});
