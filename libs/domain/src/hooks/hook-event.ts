import { z } from 'zod';

/** A Flux event older or newer than this is not taken: it is a replay or a wrong clock. */
const eventAgeSecondsMax = 600;

/** Whether the time of an event (RFC 3339, as notification-controller sends it) is too far from now. */
export function isStaleEvent(timestamp: string, now: Date): boolean {
  const at = Date.parse(timestamp);
  return Number.isNaN(at) || Math.abs(now.getTime() - at) > eventAgeSecondsMax * 1_000;
}

const fluxEvent = z.object({
  timestamp: z.string(),
  involvedObject: z.object({ kind: z.string(), namespace: z.string().default(''), name: z.string() }),
  reason: z.string().default(''),
  message: z.string().default(''),
  severity: z.string().default('info'),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
export type FluxEvent = z.infer<typeof fluxEvent>;

/** The event of a generic-hmac Provider; null when it is none. Which cluster it is about is told by the URL, never by the body. */
export function readFluxEvent(body: unknown): FluxEvent | null {
  const parsed = fluxEvent.safeParse(body);
  return parsed.success ? parsed.data : null;
}

/** Under these keys the controllers tell the revision; notification-controller takes their group off before it sends the event on. */
const revisionKeys = ['revision', 'kustomize.toolkit.fluxcd.io/revision', 'helm.toolkit.fluxcd.io/revision', 'source.toolkit.fluxcd.io/revision'];

/** The revision an event is about; null when it names none. */
export function revisionOfEvent({ metadata }: FluxEvent): string | null {
  const found = revisionKeys.map((key) => metadata?.[key]).find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found : null;
}

const push = z.object({ ref: z.string() });
/** Branch of a push of GitHub or Gitea; null when the body is no push of a branch. */
export function pushedBranch(body: unknown): string | null {
  const parsed = push.safeParse(body);
  return parsed.success && parsed.data.ref.startsWith('refs/heads/') ? parsed.data.ref.slice('refs/heads/'.length) : null;
}
