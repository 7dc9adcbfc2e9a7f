import { type DynamicModule, Module } from '@nestjs/common';
import { CommandsModule } from '../commands/index.js';
import { LedgerModule } from '../ledger/index.js';
import { HOOKS_OPTIONS, HooksService, type HooksOptions } from './hooks.service.js';

@Module({})
export class HooksModule {
  static forRoot(options: HooksOptions): DynamicModule {
    return {
      module: HooksModule,
      imports: [CommandsModule, LedgerModule],
      providers: [{ provide: HOOKS_OPTIONS, useValue: options }, HooksService],
      exports: [HooksService],
    };
  }
}
