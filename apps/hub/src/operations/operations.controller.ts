import { Controller, Get, Param, Query } from '@nestjs/common';
import { id, type OperationResponse, operationResponse, operationsPage, operationsQuery, type Page } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { OperationStore } from '@flotilla/fleet/operations';
import type { z } from 'zod';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Long work and how far it is. */
@Controller('operations')
export class OperationsController {
  constructor(private readonly operations: OperationStore) {}

  /** Operations newest first, of clusters in scope. */
  @Get()
  @RequirePermission('operations:read')
  @Returns(operationsPage)
  list(@Query({ schema: operationsQuery }) query: z.infer<typeof operationsQuery>, @CurrentPrincipal() principal: Principal): Promise<Page<OperationResponse>> {
    return this.operations.list(query, principal);
  }

  /** One operation with its steps. Errors: `not-found`. */
  @Get(':id')
  @RequirePermission('operations:read')
  @Returns(operationResponse)
  read(@Param('id', { schema: id }) operationId: string, @CurrentPrincipal() principal: Principal): Promise<OperationResponse> {
    return this.operations.read(operationId, principal);
  }
}
