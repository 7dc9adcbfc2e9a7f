import type { FluxCreateCommand } from './create-command.js';
import { FlagError } from './flag-error.js';
import { list, text, toggle } from './flags.js';
import type { JsonObject } from './go-yaml.js';

const tenantLabel = 'toolkit.fluxcd.io/tenant';
const rbacGroup = 'rbac.authorization.k8s.io';

/** A tenant: per namespace a ServiceAccount for the reconcilers and its RoleBinding. */
const tenant: FluxCreateCommand = {
  path: 'tenant',
  summary: 'namespaces, service accounts and role bindings of a tenant',
  flags: [
    list('with-namespace', 'namespaces of the tenant'),
    text('cluster-role', 'cluster role of the role binding', { fallback: 'cluster-admin' }),
    text('with-service-account', 'name of the service account (default: the tenant)'),
    toggle('skip-namespace', 'leave the Namespace objects out'),
  ],
  examples: ['create tenant dev-team --with-namespace=frontend --with-namespace=backend --label=environment=dev --export'],
  build(subject, flags) {
    const namespaces = flags.list('with-namespace');
    if (namespaces.length === 0) throw new FlagError('with-namespace', 'is required');
    const labels = { ...subject.labels, [tenantLabel]: subject.name };
    const account = flags.text('with-service-account') ?? subject.name;
    const clusterRole = flags.required('cluster-role');
    return namespaces.flatMap((namespace): JsonObject[] => [
      ...(flags.isSet('skip-namespace') ? [] : [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }]),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace, labels } },
      {
        apiVersion: `${rbacGroup}/v1`,
        kind: 'RoleBinding',
        metadata: { name: `${subject.name}-reconciler`, namespace, labels },
        roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: clusterRole },
        subjects: [
          { apiGroup: rbacGroup, kind: 'User', name: `gotk:${namespace}:reconciler` },
          { kind: 'ServiceAccount', name: account, namespace },
        ],
      },
    ]);
  },
};

export const tenantCommands: readonly FluxCreateCommand[] = [tenant];
