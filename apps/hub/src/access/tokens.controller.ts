import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { createdTokenResponse, createTokenRequest, type CreateTokenRequest, id, type Page, type PageQuery, pageQuery, tokensPage } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { type ApiToken, ApiTokens } from '@flotilla/fleet/access';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns, ReturnsNothing } from '../platform/http/returns.decorator.js';

/** API tokens for CI, the CLI and other programs. */
@Controller('tokens')
export class TokensController {
  constructor(private readonly tokens: ApiTokens) {}

  /** Makes a token; its secret is in this answer only. Errors: `already-exists`, `selector-invalid`. */
  @Post()
  @RequirePermission('tokens:write')
  @Returns(createdTokenResponse, { status: 201 })
  create(@Body({ schema: createTokenRequest }) body: CreateTokenRequest, @CurrentPrincipal() principal: Principal): Promise<ApiToken & { token: string }> {
    return this.tokens.create(body, principal);
  }

  /** Tokens by name, without their secrets. */
  @Get()
  @RequirePermission('tokens:write')
  @Returns(tokensPage)
  list(@Query({ schema: pageQuery }) page: PageQuery): Promise<Page<ApiToken>> {
    return this.tokens.list(page);
  }

  /** Revokes a token at once. Errors: `not-found`. */
  @Delete(':id')
  @RequirePermission('tokens:write')
  @ReturnsNothing()
  revoke(@Param('id', { schema: id }) tokenId: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    return this.tokens.revoke(tokenId, principal);
  }
}
