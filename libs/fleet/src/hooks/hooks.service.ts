import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  type createdHookResponse,
  type createHookRequest,
  FlotillaError,
  type hookProviders,
  type hookResponse,
  type Page,
  type PageQuery,
} from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { controlledLabel, isStaleEvent, type Principal, pushedBranch, readFluxEvent, revisionOfEvent, systemPrincipal } from '@flotilla/domain';
import type { z } from 'zod';
import { AuditLog } from '../audit/index.js';
import { Commands } from '../commands/index.js';
import { LedgerEnrichment } from '../ledger/index.js';
import { OperationStore } from '../operations/index.js';
import { Outbox } from '../outbox/index.js';
import { decodeCursor, pageFrom } from '../paging/index.js';
import { SecretBox } from '../secrets/index.js';
import { type HookInstallationInput, hookInstallationStep } from './hook-installation.js';

type Provider = (typeof hookProviders)[number];
type HookResponse = z.infer<typeof hookResponse>;

export const HOOKS_OPTIONS = Symbol('HOOKS_OPTIONS');
export interface HooksOptions {
  /** URL under which the hub is reached, without a trailing slash */
  publicUrl: string;
}

/** A body seen before is a replay within this time; receipts are forgotten after a day. */
const replayWindow = `interval '1 hour'`;
/** Clusters asked to fetch after one push; the rest follow at their interval. */
const reconcilesMax = 200;
const keyBytes = 32;

interface Row {
  id: string;
  provider: Provider;
  secret_id: string;
  fleet_repo_id: string | null;
  cluster_id: string | null;
  last_received_at: Date | null;
  created_at: Date;
}

/** A hook as it came in; `signature` is the value of the provider's header. */
export interface IncomingHook {
  provider: string;
  id: string;
  body: Buffer;
  signature: string | undefined;
  /** kind of event by the forge's header; absent for Flux */
  event: string | undefined;
}

/** Inbound hooks: pushes of forges and events of Flux, each with a URL and a key of its own. */
@Injectable()
export class HooksService {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
    private readonly commands: Commands,
    private readonly ledger: LedgerEnrichment,
    private readonly operations: OperationStore,
    @Inject(HOOKS_OPTIONS) private readonly options: HooksOptions,
  ) {}

  /**
   * Makes a hook; its key is in this answer only. A push hook belongs to a fleet repo, a Flux hook to a cluster. With `install` the worker sets it at the
   * forge, as an operation. @throws FlotillaError bad-request, not-found
   */
  async create(principal: Principal, request: z.infer<typeof createHookRequest>): Promise<z.infer<typeof createdHookResponse>> {
    const forFlux = request.provider === 'flux';
    const owner = forFlux ? request.clusterId : request.fleetRepoId;
    if (owner === undefined) throw new FlotillaError('bad-request', `a ${request.provider} hook needs ${forFlux ? 'clusterId' : 'fleetRepoId'}`);
    const key = randomBytes(keyBytes).toString('base64url');
    const id = randomUUID();
    return this.database.transaction(async () => {
      const [found] = await this.database.query<{ provider: string | null }>(
        forFlux ? 'select null as provider from cluster where id = $1::uuid and forgotten_at is null' : 'select provider from fleet_repo where id = $1::uuid',
        [owner],
      );
      if (!found) throw new FlotillaError('not-found', `there is no such ${forFlux ? 'cluster' : 'fleet repo'}; list them to find its id`);
      if (request.install && found.provider !== request.provider)
        throw new FlotillaError(
          'bad-request',
          forFlux
            ? 'a flux hook is set in the cluster, by a Provider of type generic-hmac; leave "install" out'
            : `the fleet repo is at ${found.provider}, so a ${request.provider} hook cannot be set there; ${found.provider === 'git' ? 'leave "install" out and set the hook by hand' : `make a hook of provider ${found.provider}`}`,
        );
      const secretId = await this.secrets.put('hook', key);
      const [row] = await this.database.query<Row>(
        'insert into hook (id, provider, secret_id, fleet_repo_id, cluster_id) values ($1::uuid, $2, $3::uuid, $4::uuid, $5::uuid) returning *',
        [id, request.provider, secretId, forFlux ? null : owner, forFlux ? owner : null],
      );
      if (!row) throw new FlotillaError('internal', 'the hook was not stored');
      await this.audit.append({
        principal,
        action: 'hooks:write',
        outcome: 'allowed',
        subject: `hook/${id}`,
        clusterId: forFlux ? owner : null,
        detail: { provider: request.provider, install: request.install },
      });
      return { ...this.shown(row), key, operationId: request.install ? await this.install(row, principal) : null };
    });
  }

  /** Forgets a hook: what comes in on its URL is refused from now on. @throws FlotillaError not-found */
  async remove(principal: Principal, id: string): Promise<void> {
    await this.database.transaction(async () => {
      const [row] = await this.database.query<Row>('delete from hook where id = $1::uuid returning *', [id]);
      if (!row) throw new FlotillaError('not-found', 'there is no such hook; list the hooks to find its id');
      await this.database.query('delete from hook_receipt where hook_id = $1::uuid returning 1 as ok', [id]);
      await this.secrets.remove(row.secret_id);
      await this.audit.append({
        principal,
        action: 'hooks:write',
        outcome: 'allowed',
        subject: `hook/${id}`,
        clusterId: row.cluster_id,
        detail: { provider: row.provider, removed: true },
      });
    });
  }

  /** Hooks, newest first, without their keys. */
  async list(query: PageQuery): Promise<Page<HookResponse>> {
    const cursor = decodeCursor(query.cursor, ['string', 'string']);
    const rows = await this.database.query<Row>(
      'select * from hook where ($1::timestamptz is null or (created_at, id) < ($1::timestamptz, $2::uuid)) order by created_at desc, id desc limit $3',
      [cursor?.[0] ?? null, cursor?.[1] ?? null, query.limit + 1],
    );
    return pageFrom(
      rows.map((row) => this.shown(row)),
      query.limit,
      (last) => [last.createdAt, last.id],
    );
  }

  /**
   * Takes what came in: verified over the bytes, taken once, acted on in one transaction. An unknown hook and a bad signature look the same. An event of
   * Flux gives the ledger its words, nothing else.
   * @throws FlotillaError hook-signature-invalid, hook-stale, hook-replayed, bad-request
   */
  async receive(incoming: IncomingHook): Promise<void> {
    const row = await this.verified(incoming);
    const body = parseJson(incoming.body);
    const event = row.provider === 'flux' ? readFluxEvent(body) : null;
    if (row.provider === 'flux') {
      if (!event)
        throw new FlotillaError(
          'bad-request',
          'the body is not an event of Flux: it has no timestamp or involvedObject; let a Provider of type generic-hmac send it',
        );
      if (isStaleEvent(event.timestamp, await this.database.now()))
        throw new FlotillaError('hook-stale', `the event of ${event.timestamp} is too old or from the future; check the clock of the cluster`);
    }
    await this.database.transaction(async () => {
      const fresh = await this.take(row, incoming.body);
      // Flux sends an event again when an answer is lost: that is no error to it
      if (!fresh && row.provider === 'flux') return;
      if (!fresh)
        throw new FlotillaError(
          'hook-replayed',
          'this delivery was received before, so nothing was done again; push again, or refresh the fleet repo, to have it read anew',
        );
      if (event && row.cluster_id !== null) await this.ledger.enrich(row.cluster_id, event.involvedObject, { ...event, revision: revisionOfEvent(event) });
      if (row.provider !== 'flux' && row.fleet_repo_id !== null && (incoming.event === undefined || incoming.event === 'push'))
        await this.pushed(row.fleet_repo_id, pushedBranch(body));
    });
  }

  private async install(row: Row, principal: Principal): Promise<string> {
    const input: HookInstallationInput = { hookId: row.id, url: this.shown(row).url };
    const operation = await this.operations.create({
      kind: 'hook',
      clusterId: null,
      subject: `hook/${row.id}`,
      input,
      secretId: null,
      issuer: principal.subject,
      steps: [hookInstallationStep],
    });
    await this.outbox.enqueue('install-hook', { operationId: operation });
    return operation;
  }

  private async verified(incoming: IncomingHook): Promise<Row> {
    const refused = new FlotillaError(
      'hook-signature-invalid',
      'the signature does not verify for this hook; check the URL and that sender and hub have the same key',
    );
    const [row] = await this.database.query<Row>('select * from hook where id = $1::uuid and provider = $2', [incoming.id, incoming.provider]);
    if (!row || incoming.signature === undefined) throw refused;
    const expected = createHmac('sha256', await this.secrets.get<string>(row.secret_id))
      .update(incoming.body)
      .digest();
    // GitHub and Flux write the algorithm in front, Gitea does not
    const given = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(incoming.signature)?.[1];
    if (given === undefined || (row.provider !== 'gitea' && !incoming.signature.startsWith('sha256='))) throw refused;
    if (!timingSafeEqual(expected, Buffer.from(given, 'hex'))) throw refused;
    return row;
  }

  /** Notes the body; false when it was seen within the window. */
  private async take(row: Row, body: Buffer): Promise<boolean> {
    const digest = createHash('sha256').update(body).digest('hex');
    const taken = await this.database.query(
      `insert into hook_receipt (hook_id, digest, received_at) values ($1::uuid, $2, clock_timestamp())
       on conflict (hook_id, digest) do update set received_at = excluded.received_at where hook_receipt.received_at < clock_timestamp() - ${replayWindow} returning 1 as ok`,
      [row.id, digest],
    );
    if (taken.length > 0) await this.database.query('update hook set last_received_at = clock_timestamp() where id = $1::uuid returning 1 as ok', [row.id]);
    return taken.length > 0;
  }

  /** A push to the branch of a fleet repo: the mirror looks, and the clusters' controlled sources that follow the branch fetch. */
  private async pushed(fleetRepoId: string, branch: string | null): Promise<void> {
    const [repo] = await this.database.query<{ branch: string }>('select branch from fleet_repo where id = $1::uuid', [fleetRepoId]);
    if (!repo || branch !== repo.branch) return;
    await this.outbox.enqueue('mirror-fleet-repo', { fleetRepoId });
    const sources = await this.database.query<{ cluster_id: string; namespace: string; name: string }>(
      `select o.cluster_id, o.namespace, o.name from flux_object o join cluster c on c.id = o.cluster_id
       where c.fleet_repo_id = $1::uuid and c.forgotten_at is null and o.kind = 'GitRepository' and o.status->'labels' ? $2 and o.status->'source'->>'branch' = $3
         and o.status->'source'->>'commit' is null and o.status->'source'->>'tag' is null and not coalesce((o.status->>'suspended')::boolean, false)
         and not coalesce((select a.read_only from agent a where a.cluster_id = c.id and a.revoked_at is null order by a.incarnation desc limit 1), false)
       order by o.cluster_id, o.namespace, o.name limit ${reconcilesMax}`,
      [fleetRepoId, controlledLabel, branch],
    );
    const requestedAt = (await this.database.now()).toISOString();
    for (const source of sources) {
      await this.commands.create(systemPrincipal('hooks'), {
        clusterId: source.cluster_id,
        arguments: { type: 'reconcile', object: { kind: 'GitRepository', namespace: source.namespace, name: source.name }, requestedAt, withSource: false },
      });
    }
  }

  private shown(row: Row): HookResponse {
    return {
      id: row.id,
      provider: row.provider,
      url: `${this.options.publicUrl}/hooks/${row.provider}/${row.id}`,
      fleetRepoId: row.fleet_repo_id,
      clusterId: row.cluster_id,
      lastReceivedAt: row.last_received_at?.toISOString() ?? null,
      createdAt: row.created_at.toISOString(),
    };
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (cause) {
    throw new FlotillaError('bad-request', 'the body is not JSON; let the sender use the content type application/json', { cause });
  }
}
