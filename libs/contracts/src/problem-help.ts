import type { CommandOutcome } from './agent/commands.js';
import type { CloseCode } from './agent/messages.js';
import type { ProblemCode } from './errors.js';

/** What a code tells a person: when it comes, and what to do about it. `docs/problems.md` and the hub's `/docs/problems` are made of it. */
export interface Help {
  readonly means: string;
  readonly remedy: string;
}

const again = 'The same request may work later; nothing was written.';

/** Help for every problem code: one without is a type error. */
export const problemHelp: Readonly<Record<ProblemCode, Help>> = {
  internal: { means: 'The hub failed in a way that nobody foresaw.', remedy: 'Look for the `requestId` of the answer in the log of the hub, and report it.' },
  'bad-request': {
    means: 'A field, a header or the body does not fit the route. `errors` names every field that is wrong.',
    remedy: 'Correct the fields named; `/api/v1/openapi.json` describes each route.',
  },
  'body-too-large': { means: 'The body is over the limit of the route: 1 MiB, more for distributions and commits.', remedy: 'Send less, or send it in parts.' },
  unauthenticated: {
    means: 'The request carries no API token or session, or one that this hub does not know.',
    remedy: 'Send `Authorization: Bearer <API token>`, or log in again. An administrator makes tokens with `flotilla create token`.',
  },
  forbidden: {
    means:
      'The credentials are good, but their role does not hold the permission the message names, or not over this cluster. The refusal is in the audit trail.',
    remedy: 'Ask an administrator for a role that carries the permission over the clusters meant.',
  },
  'not-found': {
    means: 'There is no such thing, or it is outside the scope of the credentials; the two look alike.',
    remedy: 'List what there is (`flotilla get …`) and check spelling and scope.',
  },
  conflict: { means: 'The thing is in a state in which this is not possible.', remedy: 'Mend what the message names, then do it again.' },
  'already-exists': { means: 'The name is taken.', remedy: 'Choose another name, or remove the thing that has it.' },
  'rate-limited': { means: 'Too many attempts in a short time, for instance failed logins.', remedy: 'Wait as long as the message says.' },
  unavailable: { means: 'A part the hub needs, or another server it calls, does not answer.', remedy: `Check the part that the message names. ${again}` },
  'idempotency-key-reused': {
    means: 'The `Idempotency-Key` came before with another request.',
    remedy: 'Use a new key for each request; repeat a key only with the same request.',
  },
  'selector-invalid': { means: 'The label selector cannot be read.', remedy: 'Write it as for kubectl: `env=prod,region in (eu, us),!canary`.' },
  'cursor-invalid': { means: 'The `cursor` is not one that this list gave.', remedy: 'Start the list again without a cursor.' },
  'login-failed': {
    means: 'User or password is wrong; which one is not told.',
    remedy: 'Check both. After several failures logins are held back for a while.',
  },
  'token-expired': { means: 'The API token was good until its expiry.', remedy: 'Make another with `flotilla create token` and replace it where it is used.' },
  'token-revoked': { means: 'Somebody revoked the API token; the audit trail tells who.', remedy: 'Make another with `flotilla create token`.' },
  'join-token-unknown': {
    means: 'The join token is not one of this hub: mistyped, of another hub, or its cluster was forgotten.',
    remedy: 'Make another with `flotilla create join-token` or `flotilla join`, and apply its manifest.',
  },
  'join-token-used': {
    means: 'An agent joined with this token already; a token is good for one agent key.',
    remedy: 'If that agent is not yours, revoke it. To join again, make another token with `flotilla create join-token`.',
  },
  'join-token-expired': { means: 'The join token was not used in time.', remedy: 'Make another with `flotilla create join-token`; `--ttl` gives it longer.' },
  'proof-invalid': {
    means: 'The agent did not prove that it holds the key it enrols: the nonce is not the newest one, or the signature is of another key.',
    remedy: 'The agent asks for a new nonce and tries again by itself. A program of your own has to sign `{nonce, tokenHash}` of its newest challenge.',
  },
  'assertion-invalid': {
    means: 'What the agent signed to connect does not verify: another key, another hub URL, used before, or a clock that is wrong.',
    remedy: 'Check the clock of the cluster, and that the agent reaches the hub under its `FLOTILLA_PUBLIC_URL`. If its key is lost, join the cluster again.',
  },
  'agent-revoked': {
    means: 'The agent was revoked, its cluster was forgotten, or a newer agent took its place.',
    remedy: 'Make a join token and join the cluster again.',
  },
  'path-invalid': {
    means: 'The path is absolute, leaves the repository, or is not a plain directory.',
    remedy: 'Give a directory inside the repository, such as `clusters/prod-eu-1`.',
  },
  'path-overlaps': {
    means:
      'The path is that of another cluster, lies in it, or contains it; also when only the case of letters differs. A cluster would apply the other one’s objects.',
    remedy: 'Choose a directory beside the path of the other cluster.',
  },
  'git-url-invalid': {
    means: 'The Git URL cannot be read, carries credentials, or is of a kind that is not fetched.',
    remedy: 'Give `https://`, `http://` or `ssh://`, and credentials in their own fields.',
  },
  'git-unreachable': {
    means: 'The Git server did not answer, or not as a Git server.',
    remedy: `Check URL, port and network between hub, worker and Git server. ${again}`,
  },
  'git-auth-failed': {
    means: 'The Git server refused the token, password, key or host key.',
    remedy: 'Give the fleet repo a token or key that may write to it, and the right known hosts.',
  },
  'git-not-found': {
    means: 'The Git server knows no such repository or branch, or the credentials may not see it.',
    remedy: 'Check URL, owner, name and branch, and the rights of the credentials.',
  },
  'git-conflict': { means: 'Others pushed to the branch each time while the hub was writing.', remedy: 'Do it again when fewer others push.' },
  'outbound-blocked': {
    means: 'The address is in a private network that was not opened, or one that is never called: link-local, cloud metadata.',
    remedy: 'If a private address is meant, add its range to `FLOTILLA_OUTBOUND_ALLOW` of hub and worker. Metadata addresses stay closed.',
  },
  'outbound-timeout': { means: 'The other server took the call but did not answer in time.', remedy: `Check that server. ${again}` },
  'revision-unknown': {
    means: 'No fleet repo that is mirrored holds the commit and no cluster ran it, or the text is not a revision.',
    remedy: 'Give `main@sha1:<40 hex>` or the first 7 or more digits of a commit that was pushed; `flotilla get revisions` lists those known.',
  },
  'manifest-invalid': { means: 'The YAML cannot be read, or lacks what is needed of it.', remedy: 'Correct the file at the place that the message names.' },
  'kubeconfig-invalid': {
    means: 'The kubeconfig is not YAML, names no usable context, https server, CA or credentials, or asks for a proxy or impersonation.',
    remedy: 'Make one with `kubectl config view --raw --flatten --minify`, with a token or an inline client certificate.',
  },
  'kubeconfig-exec': {
    means: 'The kubeconfig runs a program to get its credentials. The hub never runs programs out of a file it was given.',
    remedy: 'Give a token (`kubectl create token …`). `flotilla bootstrap` runs the program on your machine and sends only the token.',
  },
  'kubeconfig-file-path': {
    means: 'The kubeconfig points at files, which are on your machine and not on the hub.',
    remedy: 'Inline them: `kubectl config view --raw --flatten --minify`.',
  },
  'kubeconfig-insecure': {
    means: 'The kubeconfig skips TLS verification, so anybody on the way could take its credentials.',
    remedy: 'Remove `insecure-skip-tls-verify` and give `certificate-authority-data`.',
  },
  'kube-unreachable': {
    means: 'The Kubernetes API did not answer, or its certificate does not verify.',
    remedy: 'Check server address and CA of the kubeconfig, and that the worker can reach it.',
  },
  'kube-unauthorized': {
    means: 'The Kubernetes API does not take the token or certificate.',
    remedy: 'Start again with a kubeconfig whose token or certificate is valid.',
  },
  'kube-forbidden': {
    means: 'The credentials may not do what a bootstrap does.',
    remedy: 'Start again with a kubeconfig of cluster-admin; it is used once and wiped.',
  },
  'kube-terminating': { means: 'The namespace is being deleted.', remedy: 'Wait until it is gone (`kubectl get namespace`), then start again.' },
  'kube-conflict': {
    means: 'Another tool owns a field that a bootstrap sets.',
    remedy: 'Let the field go there, then start again; nothing is taken by force.',
  },
  'kube-invalid': {
    means: 'The cluster refuses an object: an admission policy, or a version that does not know it.',
    remedy: 'Check the admission policies and the version of the cluster, then start again.',
  },
  'kubernetes-too-old': {
    means: 'The version of Flux to be installed does not support this Kubernetes.',
    remedy: 'Upgrade Kubernetes to 1.33 or later, then start again.',
  },
  'distribution-missing': {
    means: 'No release of Flux was imported, or not the one of that digest.',
    remedy: 'Make one with `flux install --export` and import it with `flotilla distribution import`.',
  },
  'distribution-digest-mismatch': {
    means: 'The file is not the one whose digest was given.',
    remedy: 'Check where the file came from, and give the digest published with it.',
  },
  'distribution-invalid': { means: 'The file is not what `flux install --export` writes.', remedy: 'Make it with `flux install --export`.' },
  'flag-unsupported': {
    means: 'The flag would alter the components that the distribution holds.',
    remedy: 'Export the components you want with `flux install --export`, import that, and leave the flag out.',
  },
  'bootstrap-timeout': {
    means: 'A step waited in vain, for instance for Flux to become ready.',
    remedy: 'Read what the step waited for, mend it, and start again: the bootstrap goes on where it stopped.',
  },
  'bootstrap-running': {
    means: 'A bootstrap of this cluster is under way.',
    remedy: 'Watch it with `flotilla get operations`; start another when it has ended.',
  },
  'read-only-agent': { means: 'The agent was joined read-only, so it carries out no commands.', remedy: 'Join the cluster again without `--read-only`.' },
  'source-not-controlled': {
    means: 'The source may not be steered: Git does not give it the label `flotilla.dev/controlled`, or it follows no branch.',
    remedy: 'Add the label in Git, or undo by `--revert`, which is a commit for everybody.',
  },
  'deletion-budget': {
    means: 'The change could delete Namespaces, PersistentVolumeClaims or CustomResourceDefinitions, or nobody can tell what it would delete.',
    remedy: 'Read the preview. If the deletions are meant, name the clusters with `--accept-deletions`.',
  },
  'nothing-to-do': { means: 'No cluster in scope would change.', remedy: 'Check selector and revision with `--preview`.' },
  'routing-invalid': {
    means: 'The routing file cannot be read as Alertmanager’s, or uses a part that Flotilla does not have.',
    remedy: 'Correct the lines that `errors` names and set the file again; the routing before it is still in force.',
  },
  'hook-signature-invalid': {
    means: 'The hook is not known, or its signature is not one by its key; the two look alike.',
    remedy: 'Check that the sender has the URL and the key that were shown when the hook was made. If the key is lost, make another hook.',
  },
  'hook-replayed': {
    means: 'This very body came before within the hour.',
    remedy: 'Nothing: what it asked for was done the first time. To have the repository read again, refresh the fleet repo or push again.',
  },
  'hook-stale': { means: 'The event is too old or from the future.', remedy: 'Check the clock of the cluster that sends it.' },
  'audit-broken': {
    means: 'The audit chain does not verify: an entry was changed, removed or added outside the hub.',
    remedy: 'Keep the database as it is for those who look into it; compare with a backup or a digest kept elsewhere.',
  },
};

/** Why the hub ends an agent's connection: the code of the `close` message. */
export const closeCodeHelp: Readonly<Record<CloseCode, Help>> = {
  revoked: { means: 'The agent was revoked or its cluster was forgotten.', remedy: 'Make a join token and join the cluster again.' },
  fenced: {
    means: 'A newer connection of the same cluster took over.',
    remedy: 'Nothing, when the agent was restarted. Otherwise look for a second agent with the same identity and stop it.',
  },
  protocol: {
    means: 'The agent speaks another protocol version, or said something out of turn.',
    remedy: 'Run an agent of the version of the hub, or one minor version behind or ahead.',
  },
  malformed: {
    means: 'A frame is not JSON, does not fit the protocol, or is over 1 MiB. Nothing of it was stored.',
    remedy: 'Run an agent of the version of the hub; if it is one, report what the reason says.',
  },
  shutdown: { means: 'This replica of the hub is stopping.', remedy: 'Nothing: the agent connects to another replica by itself.' },
  contested: { means: 'Two live agents claim to be the cluster.', remedy: 'Find the second agent and stop it; commands wait until one is left.' },
  overloaded: {
    means: 'The cluster has more objects than a hub takes, or the database does not keep up.',
    remedy: 'The agent tries again by itself. If it lasts, look at the database of the hub.',
  },
};

/** What became of a command: its `state` once it is finished. */
export const commandOutcomeHelp: Readonly<Record<CommandOutcome, Help>> = {
  succeeded: { means: 'The agent carried it out, or the object was so already.', remedy: 'Nothing.' },
  failed: { means: 'The Kubernetes API of the cluster did not take it.', remedy: 'Mend what the message names, then order it again.' },
  refused: {
    means: 'The agent may not or will not do it: read-only, declared in Git, the root of Flux, not controlled, or a precondition that no longer holds.',
    remedy: 'Do what the message names; what Git declares is changed in Git.',
  },
  superseded: {
    means: 'It came late or twice: the agent has taken a newer command for the object. It was not carried out.',
    remedy: 'Look at the newer command; order it again if it is still meant.',
  },
  expired: {
    means: 'It was not carried out before its expiry: the agent was away, or did not answer.',
    remedy: 'See that the agent is connected (`flotilla get clusters`), then order it again.',
  },
};
