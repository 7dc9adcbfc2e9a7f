import { createHash, randomUUID } from 'node:crypto';
import { CommandExecutor } from './act/command-executor.js';
import { errorText, type AgentLogger } from './agent-logger.js';
import { collectObjectStatus } from './collect/object-status.js';
import { backoffMs } from './connection/backoff.js';
import { HubConnection, type ConnectionTiming } from './connection/hub-connection.js';
import { FactsCollector } from './facts/facts-collector.js';
import { AgentIdentity, type Enrolment } from './identity/agent-identity.js';
import { enrol, EnrolmentError } from './identity/enrolment.js';
import type { IdentityStore } from './identity/identity-store.js';
import type { KubeApi } from './kube/kube-api.js';
import { Outbox } from './outbox/outbox.js';
import { pause } from './pause.js';
import { InformerSet } from './watch/informer-set.js';

export interface AgentOptions {
  /** base URL of the hub as its agents know it */
  readonly hubUrl: string;
  /** PEM of the hub's CA; the system's roots when absent */
  readonly hubCa?: string | undefined;
  /** one-use join token; not needed once the identity is enrolled */
  readonly joinToken?: string | undefined;
  /** refuse to run as any other cluster */
  readonly expectedClusterId?: string | undefined;
  readonly readOnly: boolean;
  readonly agentVersion: string;
  readonly api: KubeApi;
  readonly identityStore: IdentityStore;
  readonly log: AgentLogger;
  readonly timing?: Partial<AgentTiming>;
  readonly random?: () => number;
  readonly now?: () => Date;
}

export interface AgentTiming extends ConnectionTiming {
  /** how often discovery looks for kinds that came or went */
  readonly rediscoverMs: number;
  readonly factsMs: number;
}

const defaultTiming: AgentTiming = { deltaBatchMs: 100, digestMs: 600_000, backoffScale: 1, rediscoverMs: 60_000, factsMs: 300_000 };

/**
 * Runs an agent until `signal` aborts: makes or finds its identity, joins if it has to, follows the Flux objects of its cluster, keeps the hub
 * informed and carries out its commands. Rejects only when it can never work: the token is spent or wrong, or the identity is another cluster's.
 */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<void> {
  const { api, log } = options;
  const random = options.random ?? Math.random;
  const now = options.now ?? (() => new Date());
  const timing = { ...defaultTiming, ...options.timing };

  const identity = await AgentIdentity.load(options.identityStore);
  const collector = new FactsCollector(api, options);
  await persist(
    () => collector.refresh(),
    () => true,
    'asking the cluster for its facts',
    { log, random, scale: timing.backoffScale, signal },
  );
  if (signal.aborted) return;
  const enrolment = await join(identity, collector, options, { random, scale: timing.backoffScale, signal });
  if (!enrolment) return;
  if (options.expectedClusterId !== undefined && enrolment.clusterId !== options.expectedClusterId) {
    throw new Error(`this identity belongs to cluster ${enrolment.clusterId}, not to ${options.expectedClusterId}; give each cluster an identity of its own`);
  }

  const outbox = new Outbox(randomUUID());
  let commandKeys = enrolment.commandKeys;
  const informers = new InformerSet(
    api,
    {
      seen: (object) => {
        if (outbox.upsert(collectObjectStatus(object, now().toISOString()))) connection.changed();
      },
      gone: (key) => {
        if (outbox.remove(key)) connection.changed();
      },
    },
    log,
    { random, backoffScale: timing.backoffScale, rediscoverMs: timing.rediscoverMs },
  );
  const executor = new CommandExecutor({
    api,
    log,
    now,
    random,
    signal,
    readOnly: options.readOnly,
    clusterId: enrolment.clusterId,
    incarnation: enrolment.incarnation,
    saved: identity.commands,
    save: (text) => identity.saveCommands(text),
    resourceOf: (kind) => informers.resourceOf(kind),
    report: (result) => connection.report(result),
  });
  const connection: HubConnection = new HubConnection({
    hubUrl: options.hubUrl,
    hubCa: options.hubCa,
    privateKey: identity.privateKey,
    clusterId: enrolment.clusterId,
    incarnation: enrolment.incarnation,
    outbox,
    log,
    timing,
    random,
    now,
    facts: () => collector.facts(),
    onCommand: (jws) => void executor.take(jws, commandKeys),
    onCommandKeys: (keys) => {
      if (keys !== undefined && keys !== null) commandKeys = keys;
    },
  });

  await Promise.all([
    connection.run(signal),
    informers.run(signal, () => {
      log.info('every installed kind is listed', { objects: outbox.size });
      outbox.markSynced();
      connection.changed();
    }),
    keepFactsFresh(collector, timing.factsMs, log, signal),
  ]);
}

interface RetryOptions {
  readonly random: () => number;
  readonly scale: number;
  readonly signal: AbortSignal;
}

/** The enrolment to run with: the stored one, or a new one when a token that was not spent yet is given. */
async function join(identity: AgentIdentity, collector: FactsCollector, options: AgentOptions, retry: RetryOptions): Promise<Enrolment | undefined> {
  const { joinToken: token, log } = options;
  const tokenHash = token === undefined ? undefined : createHash('sha256').update(token).digest('hex');
  const stored = identity.enrolment;
  if (stored && (tokenHash === undefined || stored.tokenHash === tokenHash)) return stored;
  if (token === undefined || tokenHash === undefined)
    throw new EnrolmentError('join-token-unknown', 'this agent has not joined yet: give it a join token', false);
  let enrolment: Enrolment | undefined;
  const attempt = async (): Promise<void> => {
    enrolment = await enrol(identity, { hubUrl: options.hubUrl, hubCa: options.hubCa, token, tokenHash, facts: collector.facts() });
  };
  try {
    await persist(attempt, (error) => !(error instanceof EnrolmentError) || error.retryable, 'joining the fleet', { ...retry, log });
  } catch (error) {
    if (!stored) throw error;
    log.warn('the join token was refused; going on with the identity of before', { error: errorText(error) });
    return stored;
  }
  if (enrolment) log.info('joined the fleet', { clusterId: enrolment.clusterId, incarnation: enrolment.incarnation, state: enrolment.state });
  return enrolment;
}

/** Does something until it works, backing off, for as long as `again` says that it may work later. */
async function persist(
  doIt: () => Promise<void>,
  again: (error: unknown) => boolean,
  doing: string,
  { log, random, scale, signal }: RetryOptions & { readonly log: AgentLogger },
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      await doIt();
      return;
    } catch (error) {
      if (!again(error)) throw error;
      log.warn(`${doing} failed`, { failures, error: errorText(error) });
      await pause(backoffMs(failures, random) * scale, signal);
    }
  }
}

async function keepFactsFresh(collector: FactsCollector, everyMs: number, log: AgentLogger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(everyMs, signal);
    if (!signal.aborted) await collector.refresh().catch((error: unknown) => log.warn('refreshing the facts failed', { error: errorText(error) }));
  }
}
