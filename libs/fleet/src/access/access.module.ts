import { type DynamicModule, Module } from '@nestjs/common';
import { ApiTokens } from './api-tokens.service.js';
import { FIRST_ACCESS, FirstAccess, type FirstAccessOptions } from './first-access.js';
import { RefusalLog } from './refusal-log.js';
import { Sessions } from './sessions.service.js';

/** Who may do what: local users, sessions, API tokens, and the record of refusals. */
@Module({})
export class AccessModule {
  static forRoot(first: FirstAccessOptions): DynamicModule {
    return {
      module: AccessModule,
      global: true,
      providers: [{ provide: FIRST_ACCESS, useValue: first }, ApiTokens, Sessions, RefusalLog, FirstAccess],
      exports: [ApiTokens, Sessions, RefusalLog],
    };
  }
}
