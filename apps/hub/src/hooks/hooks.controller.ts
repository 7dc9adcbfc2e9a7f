import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, type RawBodyRequest, Req } from '@nestjs/common';
import { createdHookResponse, createHookRequest, FlotillaError, hooksPage, id, type Page, type PageQuery, pageQuery } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { HooksService } from '@flotilla/fleet/hooks';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { CurrentPrincipal, Public, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns, ReturnsNothing } from '../platform/http/returns.decorator.js';

/** Header of the signature, by provider. */
const signatureHeaders: Readonly<Record<string, string>> = { github: 'x-hub-signature-256', gitea: 'x-gitea-signature', flux: 'x-signature' };
const eventHeaders: Readonly<Record<string, string>> = { github: 'x-github-event', gitea: 'x-gitea-event' };

/** Hooks that others call: pushes of GitHub and Gitea, events of Flux. */
@Controller('hooks')
export class HooksController {
  constructor(private readonly hooks: HooksService) {}

  /** Makes a hook: a push hook of a fleet repo, which `install` also sets at its forge, or an event hook of a cluster. The key is in this answer only. Errors: `bad-request`, `not-found`. */
  @Post()
  @RequirePermission('hooks:write')
  @Returns(createdHookResponse, { status: 201 })
  create(
    @Body({ schema: createHookRequest }) body: z.infer<typeof createHookRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof createdHookResponse>> {
    return this.hooks.create(principal, body);
  }

  /** Hooks, newest first, without their keys. */
  @Get()
  @RequirePermission('hooks:write')
  @Returns(hooksPage)
  list(@Query({ schema: pageQuery }) page: PageQuery): Promise<Page<z.infer<typeof hooksPage>['items'][number]>> {
    return this.hooks.list(page);
  }

  /** Forgets a hook; at the forge it stays and is refused here. Errors: `not-found`. */
  @Delete(':id')
  @RequirePermission('hooks:write')
  @ReturnsNothing()
  remove(@Param('id', { schema: id }) hook: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    return this.hooks.remove(principal, hook);
  }

  /** Takes a delivery, signed over its bytes. Errors: `hook-signature-invalid`, `hook-replayed`, `hook-stale`, `bad-request`. */
  @Post(':provider/:id')
  @Public()
  @HttpCode(202)
  async receive(@Param('provider') provider: string, @Param('id') hook: string, @Req() request: RawBodyRequest<IncomingMessage>): Promise<void> {
    if (!id.safeParse(hook).success || !Object.hasOwn(signatureHeaders, provider))
      throw new FlotillaError('hook-signature-invalid', 'there is no such hook; check the URL, or make another with POST /api/v1/hooks');
    if (!request.rawBody) throw new FlotillaError('bad-request', 'a hook has a JSON body; let the sender use the content type application/json');
    await this.hooks.receive({
      provider,
      id: hook,
      body: request.rawBody,
      signature: header(request, signatureHeaders[provider]),
      event: header(request, eventHeaders[provider]),
    });
  }
}

function header(request: IncomingMessage, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
