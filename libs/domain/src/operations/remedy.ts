import type { ProblemCode } from '@flotilla/contracts';

/** What a person can do about a failed step, by code. */
const remedies: Partial<Record<ProblemCode, string>> = {
  'git-unreachable': 'Check that the worker can reach the Git server, then start again; what was done is found and kept.',
  'git-auth-failed': 'Give the fleet repo a token or key that may write to it (and create deploy keys), then start again.',
  'git-not-found': 'Check URL, owner and name of the fleet repo and that its token can see it, then start again.',
  'git-conflict': 'Start again when fewer others push to the branch.',
  'git-url-invalid': 'Correct the URL of the fleet repo or the kind of authentication, then start again.',
  'outbound-blocked': 'If the address is meant, add its range to FLOTILLA_OUTBOUND_ALLOW of hub and worker, then start again.',
  'kube-unreachable': 'Check the server address and CA of the kubeconfig and that the worker can reach it, then start again.',
  'kube-unauthorized': 'Start again with a kubeconfig whose token or certificate is valid.',
  'kube-forbidden': 'Start again with a kubeconfig of cluster-admin.',
  'kube-terminating': 'Wait until the namespace named is gone (kubectl get namespace), then start again.',
  'kube-conflict': 'Another tool owns the field named; let it go there, then start again.',
  'kube-invalid': 'The cluster refuses the object named; check its admission policies and version, then start again.',
  'kubeconfig-invalid': 'Start again with a corrected kubeconfig.',
  'kubernetes-too-old': 'Upgrade Kubernetes to 1.33 or later, then start again.',
  'distribution-missing': 'Import one: flux install --export > flux.yaml; flotilla distribution import flux.yaml --digest sha256:…',
  'bootstrap-timeout': 'Read what the step waited for; mend it, then start again: the bootstrap goes on where it stopped.',
  'path-invalid': 'Choose a path that is a plain directory of the repository.',
  'path-overlaps': 'Choose a directory beside the path of the other cluster.',
  conflict: 'Mend what the message names, then start again.',
  internal: 'Look into the log of the worker, then start again.',
};

/** The remedy for a code; a general one where there is no better. */
export function remedyFor(code: ProblemCode): string {
  return remedies[code] ?? 'Mend what the message names, then start again.';
}
