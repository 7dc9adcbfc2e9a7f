import { type DynamicModule, Module } from '@nestjs/common';
import { CommandsModule } from '../commands/index.js';
import { LedgerModule } from '../ledger/index.js';
import { HookInstallation } from './hook-installation.js';
import { HOOKS_OPTIONS, HooksService, type HooksOptions } from './hooks.service.js';

/** The receiving side, for the hub. */
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

/** Setting hooks at forges, for the worker. */
@Module({ providers: [HookInstallation], exports: [HookInstallation] })
export class HookInstallationModule {}
