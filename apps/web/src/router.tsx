import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { isSignedOut } from './api/problem.js';
import { queries } from './api/queries.js';
import { LoginPage } from './features/login/LoginPage.js';
import { NotFoundPage, PageError, PagePending } from './shell/page-states.js';
import { Shell } from './shell/Shell.js';

export interface RouterContext {
  client: QueryClient;
}

/** Search parameters are plain text in the URL; each page picks those it knows. */
function pick<K extends string>(...names: K[]) {
  return (search: Record<string, unknown>): { [P in K]?: string | undefined } => {
    const known: { [P in K]?: string | undefined } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'string' && value !== '') known[name] = value;
    }
    return known;
  };
}

const root = createRootRouteWithContext<RouterContext>()({ notFoundComponent: NotFoundPage });

const login = createRoute({ getParentRoute: () => root, path: '/login', component: LoginPage, validateSearch: pick('next') });

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(queries.session());
    } catch (error) {
      if (isSignedOut(error)) throw redirect({ to: '/login', search: location.href === '/' ? {} : { next: location.href } });
      throw error;
    }
  },
});

const fleet = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('./features/fleet/FleetPage.js'), 'FleetPage'),
  validateSearch: pick('q', 'view', 'group', 'sort', 'cols'),
});
const cluster = createRoute({
  getParentRoute: () => shell,
  path: '/clusters/$name',
  component: lazyRouteComponent(() => import('./features/cluster/ClusterPage.js'), 'ClusterPage'),
  validateSearch: pick('revision', 'object', 'q'),
});
const onboard = createRoute({
  getParentRoute: () => shell,
  path: '/onboard',
  component: lazyRouteComponent(() => import('./features/onboard/OnboardPage.js'), 'OnboardPage'),
  validateSearch: pick('cluster', 'how', 'operation'),
});
const revisions = createRoute({
  getParentRoute: () => shell,
  path: '/revisions',
  component: lazyRouteComponent(() => import('./features/revisions/RevisionsPage.js'), 'RevisionsPage'),
  validateSearch: pick('repo', 'q'),
});
const revision = createRoute({
  getParentRoute: () => shell,
  path: '/revisions/$sha',
  component: lazyRouteComponent(() => import('./features/revisions/RevisionPage.js'), 'RevisionPage'),
  validateSearch: pick('repo', 'rollback', 'scope'),
});
const incidents = createRoute({
  getParentRoute: () => shell,
  path: '/incidents',
  component: lazyRouteComponent(() => import('./features/incidents/IncidentsPage.js'), 'IncidentsPage'),
  validateSearch: pick('state', 'q', 'alert', 'view'),
});
const rollbacks = createRoute({
  getParentRoute: () => shell,
  path: '/rollbacks',
  component: lazyRouteComponent(() => import('./features/rollbacks/RollbacksPage.js'), 'RollbacksPage'),
  validateSearch: pick('show', 'id', 'q'),
});

const routeTree = root.addChildren([login, shell.addChildren([fleet, cluster, onboard, revisions, revision, incidents, rollbacks])]);

/** The routes of the console. Filters, selection and open panels live in their search parameters. */
export function createConsoleRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    defaultPendingComponent: PagePending,
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: NotFoundPage,
    defaultPreload: 'intent',
    scrollRestoration: true,
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const params = new URLSearchParams();
      for (const [name, value] of Object.entries(search)) if (typeof value === 'string' && value !== '') params.set(name, value);
      const text = params.toString();
      return text === '' ? '' : `?${text}`;
    },
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
