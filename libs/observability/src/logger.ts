import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Paths whose values never reach a log. */
const redactedPaths = [
  'req.headers.authorization',
  'req.headers.cookie',
  'req.headers["x-hub-signature-256"]',
  'res.headers["set-cookie"]',
  '*.token',
  '*.password',
  '*.kubeconfig',
  '*.credentials',
  '*.sshPrivateKey',
  '*.secret',
  '*.key',
  'token',
  'password',
  'kubeconfig',
  'credentials',
  'secret',
];

/** A JSON logger on stderr for `program`. Levels: error — a person must act; warn — heals by itself; info — one line per request or job. */
export function createLogger(program: string, level: string = 'info'): Logger {
  return pino({ name: program, level, redact: { paths: redactedPaths, censor: '[redacted]' }, base: { program } }, pino.destination({ dest: 2, sync: false }));
}

/** A logger that says nothing, for tests. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
