import { defineConfig } from 'vitest/config';

/** Workspace packages resolve to their sources, so tests need no build. */
const conditions = ['source'];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  environments: { __vitest__: { resolve: { conditions } }, __vitest_vm__: { resolve: { conditions } } },
};

export default defineConfig({
  ...shared,
  test: {
    projects: [
      {
        ...shared,
        test: { name: 'unit', include: ['{apps,libs}/*/src/**/*.spec.ts', 'scripts/**/*.spec.ts'], exclude: ['apps/web/**'], setupFiles: ['./test/setup.ts'] },
      },
      { ...shared, test: { name: 'property', include: ['test/property/**/*.property.ts'], setupFiles: ['./test/setup.ts'], testTimeout: 60_000 } },
      // real Postgres: one server for the run, one database per file cloned from a migrated template
      {
        ...shared,
        test: {
          name: 'medium',
          include: ['test/medium/**/*.medium.ts'],
          setupFiles: ['./test/setup.ts'],
          globalSetup: ['./test/support/postgres.global.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      // built programs on loopback with the simulator, and the console in a real browser
      {
        ...shared,
        test: {
          name: 'simulator',
          include: ['test/simulator/**/*.sim.ts'],
          setupFiles: ['./test/setup.ts'],
          globalSetup: ['./test/support/postgres.global.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'web',
          include: ['test/web/**/*.web.ts'],
          setupFiles: ['./test/setup.ts'],
          globalSetup: ['./test/web/support/console.global.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      // real Kubernetes and Flux (test/rig)
      {
        ...shared,
        test: {
          name: 'real',
          include: ['test/**/*.real.ts', 'test/e2e/**/*.e2e.ts'],
          setupFiles: ['./test/setup.ts'],
          globalSetup: ['./test/support/postgres.global.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
