import { stringify } from 'yaml';
import type { KubeObject } from '../kube-object.js';
import { agentAdmissionPolicy } from './admission-policy.js';
import { agentLabels, agentNames } from './agent-names.js';
import { agentRbac } from './agent-rbac.js';

export interface AgentManifestOptions {
  /** image of the agent, with tag or digest */
  readonly image: string;
  /** without any right to change a Flux object; the admission policy, which limits that right, falls away too */
  readonly readOnly: boolean;
}

/** What the join Secret carries. `commandKeys` is the hub's JWKS (public keys), `ca` the PEM the agent checks the hub's certificate with. */
export interface JoinSecretContent {
  readonly hubUrl: string;
  readonly token: string;
  readonly ca?: string | undefined;
  readonly commandKeys: unknown;
}

function agentDeployment(options: AgentManifestOptions): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: agentNames.deployment, namespace: agentNames.namespace, labels: agentLabels },
    spec: {
      replicas: 1,
      // two agents with one key would contest the cluster
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { 'app.kubernetes.io/name': agentLabels['app.kubernetes.io/name'] } },
      template: {
        metadata: { labels: agentLabels },
        spec: {
          serviceAccountName: agentNames.serviceAccount,
          securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'agent',
              image: options.image,
              imagePullPolicy: 'IfNotPresent',
              env: [
                { name: 'FLOTILLA_IDENTITY_DIR', value: agentNames.identityMount },
                { name: 'FLOTILLA_JOIN_DIR', value: agentNames.joinMount },
                { name: 'FLOTILLA_READ_ONLY', value: String(options.readOnly) },
              ],
              resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
              volumeMounts: [
                { name: 'identity', mountPath: agentNames.identityMount, readOnly: true },
                { name: 'join', mountPath: agentNames.joinMount, readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'identity', secret: { secretName: agentNames.identitySecret, defaultMode: 0o440 } },
            { name: 'join', secret: { secretName: agentNames.joinSecret, defaultMode: 0o440 } },
          ],
        },
      },
    },
  };
}

/** The Namespace of the agent, restricted by Pod Security. */
export function agentNamespace(): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: agentNames.namespace, labels: { ...agentLabels, 'pod-security.kubernetes.io/enforce': 'restricted' } },
  };
}

/** The Secret an agent joins with. It is applied to the cluster and never written to Git. */
export function joinSecret(content: JoinSecretContent): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: agentNames.joinSecret, namespace: agentNames.namespace, labels: agentLabels },
    type: 'Opaque',
    stringData: {
      hubUrl: content.hubUrl,
      token: content.token,
      ...(content.ca === undefined ? {} : { ca: content.ca }),
      commandKeys: JSON.stringify(content.commandKeys),
    },
  };
}

/**
 * All objects of the agent but the join Secret, in the order they are applied. The one renderer: the join manifest, the bootstrap's
 * `flotilla-agent.yaml` and the Helm chart hold these objects. The Role in flux-system comes last, so that on a cluster without Flux the rest is in place.
 */
export function agentManifest(options: AgentManifestOptions): KubeObject[] {
  const metadata = { namespace: agentNames.namespace, labels: agentLabels };
  return [
    agentNamespace(),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: agentNames.serviceAccount, ...metadata } },
    // Flux only creates it: the content is the agent's
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: agentNames.identitySecret, ...metadata, annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' } },
      type: 'Opaque',
    },
    ...(options.readOnly ? [] : agentAdmissionPolicy()),
    agentDeployment(options),
    ...agentRbac(options.readOnly),
  ];
}

/** The whole join manifest as `kubectl apply` takes it: the agent and its join Secret. */
export function renderJoinManifest(options: AgentManifestOptions, content: JoinSecretContent): string {
  const [namespace, ...rest] = agentManifest(options);
  return renderYaml([...(namespace ? [namespace] : []), joinSecret(content), ...rest]);
}

/** `flotilla-agent.yaml` as a bootstrap commits it: no secret content. */
export function renderAgentFile(options: AgentManifestOptions): string {
  return renderYaml(agentManifest(options));
}

/** A multi-document YAML stream. */
export function renderYaml(objects: readonly KubeObject[]): string {
  return objects.map((object) => `---\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })}`).join('');
}
