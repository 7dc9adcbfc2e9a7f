import { Controller, Get, Query } from '@nestjs/common';
import { alertsPage, type AlertResponse, alertsQuery, type Page } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { AlertsService } from '@flotilla/fleet/alerts';
import type { z } from 'zod';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

@Controller('alerts')
export class AlertsController {
  constructor(private readonly alerts: AlertsService) {}

  /** Alerts of clusters in scope, newest first, with the receivers they are told to. */
  @Get()
  @RequirePermission('alerts:read')
  @Returns(alertsPage)
  list(@Query({ schema: alertsQuery }) query: z.infer<typeof alertsQuery>, @CurrentPrincipal() principal: Principal): Promise<Page<AlertResponse>> {
    return this.alerts.list(principal, query);
  }
}
