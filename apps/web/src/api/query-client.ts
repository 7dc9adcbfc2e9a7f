import { FlotillaError } from '@flotilla/contracts';
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { isSignedOut } from './problem.js';

const retriesMax = 2;
/** Below this age a list is taken from the cache when a page opens; events make it stale earlier. */
const freshMs = 10_000;

/** Server state of the console. A 401 anywhere ends the session: `onSignedOut` is called, once per session. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (!isSignedOut(error) || query.queryKey[0] === 'session') return;
        if (client.getQueryData(['session']) === undefined) return;
        client.removeQueries({ queryKey: ['session'] });
        onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: freshMs,
        refetchOnWindowFocus: true,
        // an answer that says what is wrong will say the same again
        retry: (count, error) => count < retriesMax && !(error instanceof FlotillaError && error.status < 500),
        retryDelay: (attempt) => 400 * 2 ** attempt,
      },
    },
  });
  return client;
}
