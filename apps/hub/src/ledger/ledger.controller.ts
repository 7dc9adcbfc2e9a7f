import { Controller, Get, Query } from '@nestjs/common';
import { type LedgerEntryResponse, ledgerPage, ledgerQuery, type Page } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { LedgerReadModel, type LedgerQuery } from '@flotilla/fleet/ledger';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Which revision ran where, when, by whose commit. */
@Controller('ledger')
export class LedgerController {
  constructor(private readonly ledger: LedgerReadModel) {}

  /** Intervals newest first; `at` gives those that held at an instant. Errors: `selector-invalid`, `cursor-invalid`. */
  @Get()
  @RequirePermission('ledger:read')
  @Returns(ledgerPage)
  list(@Query({ schema: ledgerQuery }) query: LedgerQuery, @CurrentPrincipal() principal: Principal): Promise<Page<LedgerEntryResponse>> {
    return this.ledger.list(query, principal);
  }
}
