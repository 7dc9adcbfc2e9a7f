import { Body, Controller, Get, Post, Put, Query } from '@nestjs/common';
import {
  deliveriesPage,
  type DeliveryResponse,
  type Page,
  type PageQuery,
  pageQuery,
  routesTestRequest,
  routesTestResponse,
  routingDocument,
  routingResponse,
} from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { Deliveries, RoutingDocument } from '@flotilla/fleet/routes';
import type { z } from 'zod';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Who is told of what: Alertmanager's route tree and receivers, and what was sent. */
@Controller()
export class RoutesController {
  constructor(
    private readonly document: RoutingDocument,
    private readonly sent: Deliveries,
  ) {}

  /** The routing document; secrets show as `<secret>`. */
  @Get('routes')
  @RequirePermission('routes:read')
  @Returns(routingResponse)
  show(): Promise<z.infer<typeof routingResponse>> {
    return this.document.show();
  }

  /** Replaces the document whole; a `<secret>` left in place keeps the secret. Errors: `routing-invalid`, each with its line. */
  @Put('routes')
  @RequirePermission('routes:write')
  @Returns(routingResponse)
  replace(
    @Body({ schema: routingDocument }) body: z.infer<typeof routingDocument>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof routingResponse>> {
    return this.document.replace(principal, body.yaml);
  }

  /** Where an alert with these labels would go; nothing is sent. */
  @Post('routes/test')
  @RequirePermission('routes:read')
  @Returns(routesTestResponse)
  test(@Body({ schema: routesTestRequest }) body: z.infer<typeof routesTestRequest>): Promise<z.infer<typeof routesTestResponse>> {
    return this.document.test(body.labels);
  }

  /** Messages to receivers that tell of clusters in scope, newest first, and what became of them. */
  @Get('deliveries')
  @RequirePermission('routes:read')
  @Returns(deliveriesPage)
  deliveries(@Query({ schema: pageQuery }) page: PageQuery, @CurrentPrincipal() principal: Principal): Promise<Page<DeliveryResponse>> {
    return this.sent.list(principal, page);
  }
}
