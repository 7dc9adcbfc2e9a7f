import { Controller, Get, Query } from '@nestjs/common';
import { type AuditEntryResponse, auditPage, auditQuery, type AuditVerifyResponse, auditVerifyResponse, type Page } from '@flotilla/contracts';
import { AuditLog } from '@flotilla/fleet/audit';
import { decodeCursor, pageFrom } from '@flotilla/fleet/paging';
import type { z } from 'zod';
import { RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** The audit chain: every write through the hub, and every refusal. */
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  /** Entries newest first, filtered by `action`, `actor` and `clusterId`. Errors: `cursor-invalid`. */
  @Get()
  @RequirePermission('audit:read')
  @Returns(auditPage)
  async list(@Query({ schema: auditQuery }) query: z.infer<typeof auditQuery>): Promise<Page<AuditEntryResponse>> {
    const [beforeSequence] = decodeCursor(query.cursor, ['number']) ?? [null];
    const entries = await this.audit.list({ limit: query.limit + 1, beforeSequence, action: query.action, actor: query.actor, clusterId: query.clusterId });
    return pageFrom(entries, query.limit, (entry) => [entry.sequence]);
  }

  /** Recomputes every link of the chain; `ok: false` says where it breaks. */
  @Get('verify')
  @RequirePermission('audit:read')
  @Returns(auditVerifyResponse)
  verify(): Promise<AuditVerifyResponse> {
    return this.audit.verify();
  }
}
