import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createQueryClient } from './api/query-client.js';
import { createConsoleRouter } from './router.js';
import { theme } from './theme.js';

const client = createQueryClient(() => void router.navigate({ to: '/login', search: { next: router.state.location.href } }));
const router: ReturnType<typeof createConsoleRouter> = createConsoleRouter(client);

/** The console: theme, server state, routes. */
export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <Notifications position="bottom-right" limit={4} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
