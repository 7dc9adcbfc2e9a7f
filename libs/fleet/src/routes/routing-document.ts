import { Injectable } from '@nestjs/common';
import type { routesTestResponse, routingResponse } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { matchRoutes, parseRouting, type Principal, redactRouting, restoreRoutingSecrets, routePath, type Routing, routingDefault } from '@flotilla/domain';
import type { z } from 'zod';
import { AuditLog } from '../audit/index.js';
import { ChangeFeed } from '../change-feed/index.js';
import { SecretBox } from '../secrets/index.js';

type RoutingAnswer = z.infer<typeof routingResponse>;
type RoutesTestResult = z.infer<typeof routesTestResponse>;

const settingName = 'routing';
interface Stored {
  secretId: string;
}

/** The routing document: sealed at rest since it holds receivers' secrets, shown without them. */
@Injectable()
export class RoutingDocument {
  private parsed: { secretId: string | null; routing: Routing } | null = null;

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
    private readonly audit: AuditLog,
    private readonly changes: ChangeFeed,
  ) {}

  /** The tree and receivers in force. */
  async routing(): Promise<Routing> {
    const stored = await this.stored();
    const secretId = stored?.value.secretId ?? null;
    if (this.parsed?.secretId !== secretId || this.parsed === null) this.parsed = { secretId, routing: parseRouting(await this.text(stored)) };
    return this.parsed.routing;
  }

  /** The document with `<secret>` in place of secrets, and its receivers. */
  async show(): Promise<RoutingAnswer> {
    const stored = await this.stored();
    const text = await this.text(stored);
    return {
      yaml: redactRouting(text),
      updatedAt: stored?.updatedAt.toISOString() ?? null,
      updatedBy: stored?.updatedBy ?? null,
      receivers: parseRouting(text).receivers.map((receiver) => ({
        name: receiver.name,
        kinds: [...new Set(receiver.integrations.map((integration) => integration.kind))],
      })),
    };
  }

  /** Replaces the document; `<secret>` keeps the secret of that place. Open alerts are routed anew. @throws FlotillaError routing-invalid */
  async replace(principal: Principal, yaml: string): Promise<RoutingAnswer> {
    const before = await this.stored();
    const text = restoreRoutingSecrets(yaml, await this.text(before));
    const { receivers } = parseRouting(text);
    await this.database.transaction(async () => {
      const secretId = await this.secrets.put('routing', text);
      await this.database.query(
        `insert into setting (name, value, updated_at, updated_by) values ($1, $2::jsonb, clock_timestamp(), $3) on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by returning 1 as ok`,
        [settingName, JSON.stringify({ secretId } satisfies Stored), principal.subject],
      );
      if (before) await this.secrets.remove(before.value.secretId);
      // groups of a route that stays as it is keep what they told
      await this.database.query(`update alert set changed = true where ends_at is null returning 1 as ok`);
      await this.audit.append({
        principal,
        action: 'routes:write',
        outcome: 'allowed',
        subject: 'routing',
        detail: { receivers: receivers.map((receiver) => receiver.name) },
      });
      this.changes.publish('alerts');
    });
    return this.show();
  }

  /** Where an alert with these labels would go. */
  async test(labels: Record<string, string>): Promise<RoutesTestResult> {
    const { route } = await this.routing();
    return {
      matches: matchRoutes(route, labels).map((match) => ({
        receiver: match.receiver,
        path: routePath(route, match.id).map((step) => step.receiver),
        groupBy: match.groupBy === 'all' ? ['...'] : [...match.groupBy],
      })),
    };
  }

  private async stored(): Promise<{ value: Stored; updatedAt: Date; updatedBy: string | null } | null> {
    const [row] = await this.database.query<{ value: Stored; updated_at: Date; updated_by: string | null }>(
      'select value, updated_at, updated_by from setting where name = $1',
      [settingName],
    );
    return row ? { value: row.value, updatedAt: row.updated_at, updatedBy: row.updated_by } : null;
  }

  private async text(stored: { value: Stored } | null): Promise<string> {
    return stored ? this.secrets.get<string>(stored.value.secretId) : routingDefault;
  }
}
