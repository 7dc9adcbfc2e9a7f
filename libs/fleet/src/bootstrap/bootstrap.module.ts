import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DistributionsModule } from '../distributions/index.js';
import { BOOTSTRAP_MACHINE_OPTIONS, BootstrapMachine, type BootstrapMachineOptions } from './bootstrap-machine.js';
import { BootstrapRecords } from './bootstrap-records.js';
import { BootstrapSources } from './bootstrap-sources.js';
import { BootstrapRepository } from './bootstrap.repository.js';
import { Bootstraps } from './bootstrap.service.js';

/** The asking side, for the hub. */
@Module({ imports: [DistributionsModule], providers: [BootstrapRepository, BootstrapRecords, Bootstraps], exports: [Bootstraps] })
export class BootstrapModule {}

/** The doing side, for the worker. */
@Module({})
export class BootstrapMachineModule {
  /** `join` provides `JOIN_PORT`. */
  static forRoot(options: BootstrapMachineOptions, join: Provider): DynamicModule {
    return { module: BootstrapMachineModule, imports: [DistributionsModule], providers: [{ provide: BOOTSTRAP_MACHINE_OPTIONS, useValue: options }, join, BootstrapSources, BootstrapMachine], exports: [BootstrapMachine] };
  }
}
