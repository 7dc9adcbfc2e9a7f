import { parse } from 'yaml';
import { dependencies, fluxObject, type FluxCreateCommand, intervalFlag, kindOf, parseObjectReference, reference, whenTrue } from './create-command.js';
import { FlagError } from './flag-error.js';
import { duration, file, type Flags, list, text, toggle } from './flags.js';
import type { JsonObject, JsonValue } from './go-yaml.js';

const kustomizationSourceKinds = ['OCIRepository', 'GitRepository', 'Bucket'] as const;
const chartSourceKinds = ['HelmRepository', 'GitRepository', 'Bucket'] as const;
const chartReferenceKinds = ['OCIRepository', 'HelmChart'] as const;
const valuesKinds = ['Secret', 'ConfigMap'] as const;
const healthCheckKinds = ['Deployment', 'DaemonSet', 'StatefulSet', 'HelmRelease'] as const;
const helmApiVersion = 'helm.toolkit.fluxcd.io/v2';

const targetNamespaceFlag = text('target-namespace', 'namespace of the objects, in place of their own');
const serviceAccountFlag = text('service-account', 'ServiceAccount to act as');
const dependsOnFlag = list('depends-on', 'what must be ready first: <name> or <namespace>/<name>');
const kubeconfigFlag = text('kubeconfig-secret-ref', 'name of a Secret with the kubeconfig of a remote cluster');

/** A path below the repository: `./…`, without `..` and without a slash at the end. */
function relativePath(value: string): string {
  const kept: string[] = [];
  for (const part of value.trim().replaceAll('\\', '/').split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return `./${kept.join('/')}`;
}

function kustomizationSource(value: string): JsonObject {
  const { kind, name, namespace } = parseObjectReference(value);
  if (name === '') throw new FlagError('source', 'has no name');
  if (kind === '' && kustomizationSourceKinds.some((known) => known === name)) throw new FlagError('source', `has a kind but no name; write ${name}/<name>`);
  return { kind: kind === '' ? 'GitRepository' : kindOf('source', kind, kustomizationSourceKinds), name, namespace };
}

function healthCheck(value: string): JsonObject {
  const [kind, target, ...rest] = value.split('/');
  const [name, namespace, ...more] = (target ?? '').split('.');
  if (rest.length > 0 || more.length > 0 || !kind || !name || !namespace)
    throw new FlagError('health-check', `${JSON.stringify(value)} must be <kind>/<name>.<namespace>`);
  if (!healthCheckKinds.some((known) => known === kind))
    throw new FlagError('health-check', `kind ${JSON.stringify(kind)} can be ${healthCheckKinds.join(', ')}`);
  return { apiVersion: kind === 'HelmRelease' ? helmApiVersion : undefined, kind, name, namespace };
}

const kustomization: FluxCreateCommand = {
  path: 'kustomization',
  alias: 'ks',
  summary: 'a Kustomization',
  flags: [
    text('source', `source of the manifests: [<kind>/]<name>[.<namespace>], kind one of ${kustomizationSourceKinds.join(', ')} (default GitRepository)`),
    text('path', 'directory with a kustomization.yaml or manifests', { fallback: './' }),
    toggle('prune', 'delete what left the source'),
    toggle('wait', 'check the health of everything applied'),
    list('health-check', 'workloads to check: <kind>/<name>.<namespace>'),
    duration('health-check-timeout', 'time limit of health checks', '2m'),
    dependsOnFlag,
    serviceAccountFlag,
    text('decryption-provider', 'how Secrets are encrypted', { choices: ['sops'] }),
    text('decryption-secret', 'name of the Secret with the decryption keys'),
    targetNamespaceFlag,
    kubeconfigFlag,
    duration('retry-interval', 'how soon to try again after a failure'),
    intervalFlag,
  ],
  examples: [
    'create kustomization apps --source=GitRepository/apps --path="./deploy/prod" --prune=true --interval=10m --wait=true --health-check-timeout=3m --export',
  ],
  build(subject, flags) {
    const wait = flags.isSet('wait');
    const checks = wait ? [] : flags.list('health-check').map(healthCheck);
    const provider = flags.text('decryption-provider');
    const kubeconfig = flags.text('kubeconfig-secret-ref');
    return [
      fluxObject('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', subject, {
        interval: flags.interval(),
        path: relativePath(flags.required('path')),
        prune: flags.isSet('prune'),
        sourceRef: kustomizationSource(flags.required('source')),
        targetNamespace: flags.text('target-namespace'),
        dependsOn: dependencies(flags.list('depends-on')),
        kubeConfig: kubeconfig === undefined ? undefined : { secretRef: { name: kubeconfig } },
        healthChecks: checks.length > 0 ? checks : undefined,
        timeout: wait || checks.length > 0 ? flags.interval('health-check-timeout') : undefined,
        wait: whenTrue(wait),
        serviceAccountName: flags.text('service-account'),
        decryption: provider === undefined ? undefined : { provider, secretRef: reference(flags.text('decryption-secret')) },
        retryInterval: flags.duration('retry-interval'),
      }),
    ];
  },
};

function isMap(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merged(base: JsonObject, over: JsonObject): JsonObject {
  const result: Record<string, JsonValue | undefined> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    result[key] = isMap(value) && isMap(before) ? merged(before, value) : value;
  }
  return result;
}

/** Values files merged in the order given, later ones over earlier ones. Read as YAML 1.1, as Flux does (`yes` is true). */
function valuesOf(contents: readonly string[]): JsonObject | undefined {
  if (contents.length === 0) return undefined;
  return contents.reduce<JsonObject>((values, content) => {
    const parsed: unknown = parse(content, { version: '1.1', merge: true }) ?? {};
    if (!isMap(parsed)) throw new FlagError('values', 'a values file must hold a mapping');
    return merged(values, JSON.parse(JSON.stringify(parsed)) as JsonObject);
  }, {});
}

function chartOf(flags: Flags): JsonObject {
  const chart = flags.text('chart');
  const chartRef = flags.text('chart-ref');
  if ((chart === undefined) === (chartRef === undefined)) throw new FlagError('chart', 'give one of --chart and --chart-ref');
  if (chartRef !== undefined) {
    const { kind, name, namespace } = parseObjectReference(chartRef);
    if (!chartReferenceKinds.some((known) => known === kind))
      throw new FlagError('chart-ref', `kind ${JSON.stringify(kind)} is not supported, must be one of: ${chartReferenceKinds.join(', ')}`);
    return { chartRef: { kind, name, namespace } };
  }
  const source = parseObjectReference(flags.required('source'));
  if (source.kind === '' || source.name === '') throw new FlagError('source', 'must be <kind>/<name>[.<namespace>]');
  return {
    chart: {
      spec: {
        chart,
        version: flags.text('chart-version'),
        sourceRef: { kind: kindOf('source', source.kind, chartSourceKinds), name: source.name, namespace: source.namespace },
        reconcileStrategy: flags.text('reconcile-strategy'),
        interval: flags.duration('chart-interval'),
      },
    },
  };
}

const helmRelease: FluxCreateCommand = {
  path: 'helmrelease',
  alias: 'hr',
  summary: 'a HelmRelease',
  flags: [
    text('release-name', 'name of the Helm release (default: [<target-namespace>-]<name>)'),
    text('source', `source of the chart: <kind>/<name>[.<namespace>], kind one of ${chartSourceKinds.join(', ')}`),
    text('chart', 'name of the chart, or its path'),
    text('chart-version', 'version or semver range'),
    text('chart-ref', `chart object: <kind>/<name>[.<namespace>], kind one of ${chartReferenceKinds.join(', ')}`),
    dependsOnFlag,
    targetNamespaceFlag,
    text('storage-namespace', 'namespace of the release records (default: the target namespace)'),
    toggle('create-target-namespace', 'create the target namespace'),
    serviceAccountFlag,
    text('reconcile-strategy', 'what makes a new chart', { fallback: 'ChartVersion', choices: ['ChartVersion', 'Revision'] }),
    duration('chart-interval', 'how often to look for new chart versions'),
    file('values', 'values files, later ones win'),
    list('values-from', 'objects with values.yaml: <kind>/<name>, kind Secret or ConfigMap'),
    text('crds', 'policy for CRDs on upgrade', { choices: ['Skip', 'Create', 'CreateReplace'] }),
    kubeconfigFlag,
    intervalFlag,
  ],
  examples: [
    'create helmrelease podinfo --source=HelmRepository/podinfo --chart=podinfo --chart-version=">4.0.0" --interval=10m --export',
    'create hr podinfo --chart-ref=OCIRepository/podinfo --target-namespace=apps --create-target-namespace --export',
  ],
  build(subject, flags) {
    const targetNamespace = flags.text('target-namespace');
    const crds = flags.text('crds');
    const createNamespace = flags.isSet('create-target-namespace');
    const kubeconfig = flags.text('kubeconfig-secret-ref');
    const valuesFrom = flags.list('values-from').map((value) => {
      const [kind, name, ...rest] = value.split('/');
      if (!kind || name === undefined || rest.length > 0) throw new FlagError('values-from', `${JSON.stringify(value)} must be <kind>/<name>`);
      return { kind: kindOf('values-from', kind, valuesKinds), name };
    });
    return [
      fluxObject(helmApiVersion, 'HelmRelease', subject, {
        ...chartOf(flags),
        interval: flags.interval(),
        releaseName: flags.text('release-name'),
        targetNamespace,
        storageNamespace: flags.text('storage-namespace') ?? targetNamespace,
        dependsOn: dependencies(flags.list('depends-on')),
        install:
          createNamespace || crds !== undefined ? { createNamespace: whenTrue(createNamespace), crds: crds === undefined ? undefined : 'Create' } : undefined,
        upgrade: crds === undefined ? undefined : { crds },
        serviceAccountName: flags.text('service-account'),
        kubeConfig: kubeconfig === undefined ? undefined : { secretRef: { name: kubeconfig } },
        values: valuesOf(flags.list('values')),
        valuesFrom: valuesFrom.length > 0 ? valuesFrom : undefined,
      }),
    ];
  },
};

export const workloadCommands: readonly FluxCreateCommand[] = [kustomization, helmRelease];
