import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { Principal } from '@flotilla/domain';
import type { Request, Response } from 'express';
import { type AuthenticatedRequest, CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { EventStreams } from './event-streams.js';

@Controller('events')
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  /**
   * Server-sent events, each a `HubEvent`: what to read again, at most four batches a second. With `Last-Event-ID` what changed since is sent again (repeats
   * do no harm); after more than five minutes, `refresh`. Errors: `unavailable`.
   */
  @Get()
  @RequirePermission('clusters:read')
  @ApiResponse({ status: 200, description: 'A stream of events, until either side closes it', content: { 'text/event-stream': {} } })
  stream(
    @CurrentPrincipal() principal: Principal,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: Request & AuthenticatedRequest,
    @Res() response: Response,
  ): Promise<void> {
    return this.streams.stream(principal, response, { lastEventId, expiresAt: request.credentialsExpireAt ?? null });
  }
}
