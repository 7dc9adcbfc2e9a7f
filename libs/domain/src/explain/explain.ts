import { type ExplainResponse, type FailureStage, type ObjectKey, objectKeyText, type ObjectStatus } from '@flotilla/contracts';
import { objectState, shaOf, sourceKinds, stateBeneathSuspend } from '../flux/index.js';
import { releaseDueSince, releaseHandledSince } from '../releases/index.js';
import { isRootSource } from '../rollbacks/index.js';
import { isControlledSource } from '../rollup/index.js';

type ExplainReason = ExplainResponse['reasons'][number];

/** What is known of a cluster when it is asked why it is not at a revision. */
export interface ExplainFacts {
  readonly cluster: string;
  /** full commit (or OCI digest) asked about */
  readonly sha: string;
  readonly agent: { readonly lastReceivedAt: Date | null; readonly silent: boolean; readonly contested: boolean };
  readonly objects: readonly ObjectStatus[];
  /** open rollbacks of the cluster */
  readonly rollbacks: readonly {
    readonly number: number;
    readonly to: string;
    readonly owner: string;
    readonly reason: string;
    readonly sourceNamespace: string;
    readonly sourceName: string;
  }[];
  /** since when each workload runs what it runs (hub clock), by object key text */
  readonly runsSince: ReadonlyMap<string, Date>;
}

export interface Explanation {
  readonly at: boolean;
  readonly since: Date | null;
  readonly reasons: readonly ExplainReason[];
}

const reasonsMax = 100;

/**
 * The one ordered answer to "why not at R?": can the cluster be believed, does its source have R, and what does each workload do with it. The first
 * reason is the one to start with. `health-unknown` does not keep it from being at R; every other reason does.
 */
export function explain(facts: ExplainFacts): Explanation {
  const believed = agentReasons(facts);
  if (facts.agent.lastReceivedAt === null) return { at: false, since: null, reasons: believed };
  const sources = relevantSources(facts);
  const followers = facts.objects.filter((object) => object.kind === 'Kustomization' && sources.some((source) => follows(object, source)));
  const releases = facts.objects.filter(
    (object) => object.kind === 'HelmRelease' && followers.some((owner) => object.owner === `${owner.namespace}/${owner.name}`),
  );
  const reasons = [
    ...believed,
    ...(sources.length === 0 ? [noSource(facts.cluster)] : []),
    ...sources.flatMap((source) => sourceReasons(source, facts)),
    ...(sources.length > 0 && followers.length === 0 ? [noWorkload(sources[0], facts.cluster)] : []),
    ...followers.flatMap((workload) => kustomizationReasons(workload, sources, facts)),
    ...releases.flatMap((release) => releaseReasons(release, followers, facts)),
  ];
  const at = reasons.every((reason) => reason.code === 'health-unknown');
  const times = [...followers, ...releases].flatMap((workload) => facts.runsSince.get(objectKeyText(workload)) ?? []);
  const since = at && times.length > 0 ? new Date(Math.max(...times.map((time) => time.getTime()))) : null;
  return { at, since, reasons: reasons.slice(0, reasonsMax) };
}

function agentReasons({ cluster, agent }: ExplainFacts): ExplainReason[] {
  if (agent.lastReceivedAt === null)
    return [reason('agent-never-reported', null, null, `no agent of ${cluster} has reported yet`, `apply the join manifest: flotilla join ${cluster}`)];
  const reasons: ExplainReason[] = [];
  if (agent.contested)
    reasons.push(
      reason(
        'agent-contested',
        null,
        null,
        `two agents claim to be ${cluster}, so neither is believed`,
        'stop the agent that runs in the wrong place, then wait five minutes; revoke and join again if its key was copied',
      ),
    );
  if (agent.silent)
    reasons.push(
      reason(
        'agent-silent',
        null,
        null,
        `the agent has been silent since ${agent.lastReceivedAt.toISOString()}; what follows is what it said last`,
        'check the deployment flotilla-agent in flotilla-system and that the cluster reaches the hub',
      ),
    );
  return reasons;
}

/** The controlled sources, else the root's. When some have R, the others are of another repository. */
function relevantSources({ objects, sha }: ExplainFacts): ObjectStatus[] {
  const controlled = objects.filter(isControlledSource);
  const sources = controlled.length > 0 ? controlled : objects.filter((object) => sourceKinds.has(object.kind) && isRootSource(object));
  const having = sources.filter((source) => shaOf(source.revision) === sha);
  return having.length > 0 ? having : sources;
}

function sourceReasons(source: ObjectStatus, { sha, cluster, rollbacks }: ExplainFacts): ExplainReason[] {
  if (shaOf(source.revision) === sha) return [];
  const name = objectKeyText(source);
  const has = source.revision ?? 'nothing';
  const rollback = rollbacks.find((open) => open.sourceNamespace === source.namespace && open.sourceName === source.name);
  if (rollback)
    return [
      reason(
        'rolled-back',
        source,
        null,
        `${name} is held at ${rollback.to} by rollback ${rollback.number} of ${rollback.owner}: ${rollback.reason}`,
        `lift it when the cause is mended: flotilla rollback --lift ${rollback.number}`,
      ),
    ];
  if (source.suspended)
    return [reason('suspended', source, null, `${name} is suspended and has ${has}`, `flotilla resume ${verbKind(source)} --cluster ${cluster}`)];
  const { state, stage, message } = objectState(source);
  if (state === 'failed')
    return [
      reason(
        'source-failing',
        source,
        stage,
        `${name} has ${has} and fails: ${message}`,
        'mend what the message names (credentials, URL, branch, network), then reconcile the source',
      ),
    ];
  if (source.source?.commit !== undefined || source.source?.tag !== undefined) {
    return [
      reason(
        'source-steered',
        source,
        null,
        `${name} is set to ${source.source.commit ?? source.source.tag ?? ''} and has ${has}`,
        'release the pin, or move the tag that Git declares',
      ),
    ];
  }
  return [
    reason(
      'source-behind',
      source,
      'fetch',
      `${name} has ${has}, not this revision`,
      `flotilla reconcile ${verbKind(source)} --cluster ${cluster}; check that the branch holds the revision`,
    ),
  ];
}

function kustomizationReasons(workload: ObjectStatus, sources: readonly ObjectStatus[], facts: ExplainFacts): ExplainReason[] {
  const { sha, cluster } = facts;
  const name = objectKeyText(workload);
  const applied = shaOf(workload.revision) === sha;
  const { state, stage, message } = stateBeneathSuspend(workload);
  if (applied && (state === 'ready' || state === 'applied')) {
    if (state === 'ready') return [];
    return [
      reason(
        'health-unknown',
        workload,
        null,
        `${name} applied it, but checks no health`,
        'set spec.wait: true (or healthChecks) in Git to know whether it works',
      ),
    ];
  }
  if (workload.suspended)
    return [
      reason(
        'suspended',
        workload,
        null,
        `${name} is suspended and runs ${workload.revision ?? 'nothing'}`,
        `flotilla resume ${verbKind(workload)} --cluster ${cluster}`,
      ),
    ];
  const tried = shaOf(workload.attemptedRevision) === sha ? 'tried it' : `runs ${workload.revision ?? 'nothing'}`;
  if (stage === 'dependency')
    return [
      reason(
        'dependency-not-ready',
        workload,
        stage,
        `${name} waits: ${message}`,
        `see why ${workload.workload?.dependsOn.join(', ') || 'what it depends on'} is not ready`,
      ),
    ];
  if (state === 'failed') return [reason(failureCode(stage), workload, stage, `${name} ${tried} and failed: ${message}`, failureRemedy(stage))];
  if (state === 'progressing')
    return [reason('in-progress', workload, stage, `${name} ${tried} and is at work: ${message}`, 'wait; it ends at the latest with its timeout')];
  // it runs what its source has, and why the source has nothing else is told already
  if (sources.some((source) => follows(workload, source) && shaOf(source.revision) !== sha && shaOf(source.revision) === shaOf(workload.revision))) return [];
  return [
    reason(
      'not-reconciled',
      workload,
      null,
      `${name} runs ${workload.revision ?? 'nothing'} though its source may have moved on`,
      `flotilla reconcile ${verbKind(workload)} --cluster ${cluster}`,
    ),
  ];
}

/**
 * A HelmRelease stays Ready on the values and template of before while its Kustomization is at R already: it counts only once it handled a reconcile that
 * was requested after R was applied (invariant 3).
 */
function releaseReasons(release: ObjectStatus, owners: readonly ObjectStatus[], { cluster, sha, runsSince }: ExplainFacts): ExplainReason[] {
  const owner = owners.find((candidate) => release.owner === `${candidate.namespace}/${candidate.name}`);
  if (!owner || shaOf(owner.revision) !== sha) return [];
  const name = objectKeyText(release);
  if (release.suspended) return [reason('suspended', release, null, `${name} is suspended`, `flotilla resume ${verbKind(release)} --cluster ${cluster}`)];
  const { state, stage, message } = objectState(release);
  if (state === 'failed') return [reason(failureCode(stage), release, stage, `${name} failed: ${message}`, failureRemedy(stage))];
  if (state !== 'ready') return [reason('in-progress', release, stage, `${name} is at work: ${message}`, 'wait; it ends at the latest with its timeout')];
  if (releaseHandledSince(release, releaseDueSince(owner, runsSince.get(objectKeyText(owner))))) return [];
  return [
    reason(
      'helm-not-reconciled-since',
      release,
      null,
      `${name} is Ready, but has not been reconciled since ${objectKeyText(owner)} applied this revision: it may still run values or a chart of before`,
      `flotilla reconcile ${verbKind(release)} --cluster ${cluster}`,
    ),
  ];
}

const noSource = (cluster: string): ExplainReason =>
  reason(
    'no-source',
    null,
    null,
    `${cluster} has no source that a revision could come from`,
    'bootstrap Flux, or label the source to follow with flotilla.dev/controlled in Git',
  );
const noWorkload = (source: ObjectStatus | undefined, cluster: string): ExplainReason =>
  reason(
    'no-workload',
    source ?? null,
    null,
    `no Kustomization of ${cluster} follows ${source ? objectKeyText(source) : 'the source'}`,
    'add a Kustomization whose sourceRef is this source below the path of the cluster',
  );

const follows = (object: ObjectStatus, source: ObjectStatus): boolean =>
  object.workload?.sourceKind === source.kind && object.workload.sourceNamespace === source.namespace && object.workload.sourceName === source.name;
const failureCode = (stage: FailureStage | null): string => `${stage ?? 'reconcile'}-failed`;

function failureRemedy(stage: FailureStage | null): string {
  switch (stage) {
    case 'fetch':
      return 'mend its source first';
    case 'decrypt':
      return 'give the cluster the key the secrets are encrypted for, or encrypt them for its key';
    case 'build':
    case 'validate':
      return 'mend the manifests the message names and commit, or roll back';
    case 'health':
      return 'see why the object named does not become healthy (events, logs); mend and commit, or roll back';
    default:
      return 'mend what the message names and commit, or roll back';
  }
}

const cliKinds: Readonly<Record<string, string>> = {
  GitRepository: 'source git',
  OCIRepository: 'source oci',
  Bucket: 'source bucket',
  HelmRepository: 'source helm',
  HelmChart: 'source chart',
  Kustomization: 'kustomization',
  HelmRelease: 'helmrelease',
};
/** How the CLI names it. */
const verbKind = (object: ObjectStatus): string => `${cliKinds[object.kind] ?? object.kind} ${object.name} -n ${object.namespace}`;

function reason(code: string, object: ObjectKey | null, stage: FailureStage | null, message: string, remedy: string): ExplainReason {
  return { code, object: object && { kind: object.kind, namespace: object.namespace, name: object.name }, stage, message, remedy };
}
