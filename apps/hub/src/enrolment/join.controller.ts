import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { FlotillaError } from '@flotilla/contracts';
import { JoinTokens } from '@flotilla/fleet/agents';
import { z } from 'zod';
import { Public } from '../platform/auth/permissions.decorator.js';

const joinQuery = z.object({ readOnly: z.stringbool().default(false) });
const fileSuffix = '.yaml';

/** The join manifest, for `kubectl apply -f`. The token in the URL is the credential. */
@ApiTags('joining')
@Public()
@Controller('join')
export class JoinController {
  constructor(private readonly tokens: JoinTokens) {}

  /** `/join/<token>.yaml`: the agent's objects and its join Secret; reading spends nothing. Errors: `join-token-unknown`, `join-token-used`, `join-token-expired`. */
  @Get(':file')
  @Header('content-type', 'application/yaml; charset=utf-8')
  @Header('cache-control', 'no-store')
  @ApiProduces('application/yaml')
  manifest(@Param('file') file: string, @Query({ schema: joinQuery }) query: z.infer<typeof joinQuery>): Promise<string> {
    if (!file.endsWith(fileSuffix)) throw new FlotillaError('not-found', 'the join manifest is at /join/<token>.yaml');
    return this.tokens.manifest(file.slice(0, -fileSuffix.length), query.readOnly);
  }
}
