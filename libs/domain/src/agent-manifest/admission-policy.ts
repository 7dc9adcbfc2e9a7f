import type { KubeObject } from '../kube-object.js';
import { agentLabels, agentNames, controlledLabel } from './agent-names.js';
import { guardedApiGroups } from './agent-rbac.js';

/** What the policy allows, in words and in CEL. RBAC cannot limit fields, and a free patch of a source is as good as cluster-admin. */
export const admissionValidations: readonly { readonly message: string; readonly expression: string }[] = [
  {
    message: 'the fleet agent may only update existing objects',
    expression: 'request.operation == "UPDATE" && (!has(request.subResource) || request.subResource == "")',
  },
  {
    message: 'the fleet agent may change only spec.suspend and spec.ref.commit',
    expression:
      "variables.spec.all(k, k in ['suspend', 'ref'] || (k in variables.oldSpec && variables.spec[k] == variables.oldSpec[k])) && " +
      "variables.oldSpec.all(k, k in ['suspend', 'ref'] || k in variables.spec)",
  },
  {
    message: 'the fleet agent may change only spec.ref.commit',
    expression:
      "variables.ref.all(k, k == 'commit' || (k in variables.oldRef && variables.ref[k] == variables.oldRef[k])) && " +
      "variables.oldRef.all(k, k == 'commit' || k in variables.ref)",
  },
  {
    message: `the fleet agent may pin only a GitRepository labelled ${controlledLabel} that follows a branch`,
    expression: "variables.ref == variables.oldRef || (request.resource.resource == 'gitrepositories' && variables.mayPin)",
  },
  {
    message: 'the fleet agent may not suspend or pin the root source or Kustomization',
    expression: '!variables.isRoot || variables.spec == variables.oldSpec',
  },
  {
    message: 'the fleet agent may not change labels',
    expression: '(has(object.metadata.labels) ? object.metadata.labels : {}) == (has(oldObject.metadata.labels) ? oldObject.metadata.labels : {})',
  },
  {
    message: 'the fleet agent may set only the annotation reconcile.fluxcd.io/requestedAt',
    expression:
      "variables.annotations.all(k, k == 'reconcile.fluxcd.io/requestedAt' || (k in variables.oldAnnotations && variables.annotations[k] == variables.oldAnnotations[k])) && " +
      'variables.oldAnnotations.all(k, k in variables.annotations)',
  },
  {
    message: 'the fleet agent may not change finalizers or owners',
    expression:
      '(has(object.metadata.finalizers) ? object.metadata.finalizers : []) == (has(oldObject.metadata.finalizers) ? oldObject.metadata.finalizers : []) && ' +
      '(has(object.metadata.ownerReferences) ? object.metadata.ownerReferences : []) == (has(oldObject.metadata.ownerReferences) ? oldObject.metadata.ownerReferences : [])',
  },
];

const variables = [
  { name: 'spec', expression: 'has(object.spec) ? object.spec : {}' },
  { name: 'oldSpec', expression: 'has(oldObject.spec) ? oldObject.spec : {}' },
  { name: 'ref', expression: "'ref' in variables.spec ? variables.spec.ref : {}" },
  { name: 'oldRef', expression: "'ref' in variables.oldSpec ? variables.oldSpec.ref : {}" },
  { name: 'annotations', expression: 'has(object.metadata.annotations) ? object.metadata.annotations : {}' },
  { name: 'oldAnnotations', expression: 'has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}' },
  { name: 'mayPin', expression: `has(oldObject.metadata.labels) && '${controlledLabel}' in oldObject.metadata.labels && 'branch' in variables.oldRef` },
  // flux bootstrap names its own source and Kustomization after their namespace
  { name: 'isRoot', expression: 'oldObject.metadata.name == oldObject.metadata.namespace' },
];

/**
 * ValidatingAdmissionPolicy and binding (GA since Kubernetes 1.30) over the agent's ServiceAccount: of a Flux object it may change the annotation
 * `reconcile.fluxcd.io/requestedAt`, `spec.suspend` (never of the root) and `spec.ref.commit` of a labelled source that follows a branch.
 */
export function agentAdmissionPolicy(): KubeObject[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: agentNames.role, labels: agentLabels };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: guardedApiGroups, apiVersions: ['*'], resources: ['*/*'], operations: ['CREATE', 'UPDATE', 'DELETE'] }],
        },
        matchConditions: [
          { name: 'is-agent', expression: `request.userInfo.username == "system:serviceaccount:${agentNames.namespace}:${agentNames.serviceAccount}"` },
        ],
        variables,
        validations: admissionValidations.map(({ expression, message }) => ({ expression, message })),
      },
    },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata, spec: { policyName: agentNames.role, validationActions: ['Deny'] } },
  ];
}
