import { z } from 'zod';
import { dnsLabel, id, instant } from '../names.js';
import { pageOf, pageQuery } from '../page.js';

export const gitProviders = ['github', 'gitea', 'git'] as const;
export const fleetRepoResponse = z
  .object({
    id,
    name: dnsLabel,
    provider: z.enum(gitProviders),
    /** clone URL, http(s) or ssh, without credentials */
    url: z.string(),
    branch: z.string(),
    /** API of the forge (github, gitea) */
    apiUrl: z.string().nullable(),
    owner: z.string().nullable(),
    repository: z.string().nullable(),
    hasCredentials: z.boolean(),
    head: z.object({ revision: z.string(), sha: z.string(), subject: z.string(), author: z.string(), committedAt: instant }).nullable(),
    mirroredAt: instant.nullable(),
    mirrorError: z.string().nullable(),
    createdAt: instant,
  })
  .meta({ id: 'FleetRepo' });
export type FleetRepoResponse = z.infer<typeof fleetRepoResponse>;

/** Credentials: token (github, gitea, HTTPS password with `username`, default "git") or an SSH private key with known hosts. Stored sealed, never given back. */
const gitCredentials = z.object({
  username: z.string().max(256).exactOptional(),
  token: z.string().max(4096).exactOptional(),
  sshPrivateKey: z.string().max(16_384).exactOptional(),
  knownHosts: z.string().max(16_384).exactOptional(),
  caFile: z.string().max(65_536).exactOptional(),
});
export type GitCredentials = z.infer<typeof gitCredentials>;
export const createFleetRepoRequest = z
  .object({
    name: dnsLabel,
    provider: z.enum(gitProviders),
    url: z.string().min(1).max(2048),
    branch: z.string().min(1).max(256).default('main'),
    apiUrl: z.string().max(2048).exactOptional(),
    owner: z.string().max(256).exactOptional(),
    repository: z.string().max(256).exactOptional(),
    credentials: gitCredentials.exactOptional(),
  })
  .meta({ id: 'CreateFleetRepo' });
export type CreateFleetRepoRequest = z.infer<typeof createFleetRepoRequest>;
export const fleetReposQuery = pageQuery;
export const fleetReposPage = pageOf(fleetRepoResponse).meta({ id: 'FleetRepoPage' });

export const commitResponse = z
  .object({
    sha: z.string(),
    revision: z.string(),
    parents: z.array(z.string()),
    author: z.string(),
    authorEmail: z.string(),
    committedAt: instant,
    subject: z.string(),
    paths: z.array(z.string()),
    /** clusters that run exactly this revision, and that ought to follow this repo */
    adoption: z.object({ at: z.number().int(), of: z.number().int(), failing: z.number().int() }).exactOptional(),
    /** names of clusters whose path or workload paths this commit touches */
    clusters: z.array(z.string()).exactOptional(),
    skipped: z.boolean().exactOptional(),
  })
  .meta({ id: 'Commit' });
export type CommitResponse = z.infer<typeof commitResponse>;
export const commitsPage = pageOf(commitResponse).meta({ id: 'CommitPage' });
/** `GET /fleet/revisions?fleetRepoId`: commits newest first with adoption */
export const revisionsQuery = pageQuery.extend({ fleetRepoId: id.exactOptional() });

/**
 * Files to write below one cluster's path, in one commit. `content`: null removes the file. `merge`: the content's objects take the place of those of the
 * same kind, namespace and name in the file and leave the others, and the kustomization.yaml that builds the file's folder, if there is one, lists it.
 */
export const commitContentRequest = z
  .object({
    message: z.string().min(1).max(2000),
    files: z
      .array(
        z.object({
          path: z.string().max(512),
          content: z
            .string()
            .max(512 * 1024)
            .nullable(),
          merge: z.boolean().default(false),
        }),
      )
      .min(1)
      .max(50),
  })
  .meta({ id: 'CommitContent' });
