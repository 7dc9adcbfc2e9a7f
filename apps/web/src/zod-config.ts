import { z } from 'zod';

// Must run before the first schema is made: zod otherwise probes `new Function`, which the hub's Content-Security-Policy refuses and reports.
z.config({ jitless: true });
