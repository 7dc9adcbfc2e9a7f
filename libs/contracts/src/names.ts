import { z } from 'zod';

/** A DNS-1123 label (RFC 1123 §2.1), as Kubernetes takes for names: 1 to 63 of a-z, 0-9 and -, starting and ending with a letter or digit. */
export const dnsLabel = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'use 1-63 of a-z, 0-9 and "-", starting and ending with a letter or digit');

const labelKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const labelsMax = 64;

/** Labels in Kubernetes syntax; at most 64. */
export const labels = z
  .record(z.string().regex(labelKey, 'not a label key'), z.string().regex(labelValue, 'not a label value'))
  .refine((value) => Object.keys(value).length <= labelsMax, `at most ${labelsMax} labels`);
export type Labels = Record<string, string>;

/** A label selector as kubectl takes it, e.g. `region=eu,ring in (1,2),!legacy`. */
export const selector = z.string().max(1024);

export const id = z.uuid();
/** RFC 3339 instant. */
export const instant = z.iso.datetime({ offset: true });

/** A full commit id: 40 hex (SHA-1) or 64 (SHA-256). */
export const commitSha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'give the full commit id (40 hex digits)');

/** A directory of a fleet repo, relative, `/` separated, e.g. `clusters/prod-eu-1`. */
export const repoPath = z.string().min(1).max(512);
