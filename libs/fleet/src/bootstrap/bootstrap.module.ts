import { type DynamicModule, Module } from '@nestjs/common';
import { DistributionsModule } from '../distributions/index.js';
import { BOOTSTRAP_MACHINE_OPTIONS, BootstrapMachine, JOIN_PORT, type BootstrapMachineOptions } from './bootstrap-machine.js';
import { BootstrapRecords } from './bootstrap-records.js';
import { BootstrapSources } from './bootstrap-sources.js';
import { BootstrapRepository } from './bootstrap.repository.js';
import { EnrolledJoin } from './enrolled-join.js';
import { Bootstraps } from './bootstrap.service.js';

/** The asking side, for the hub. */
@Module({ imports: [DistributionsModule], providers: [BootstrapRepository, BootstrapRecords, Bootstraps], exports: [Bootstraps] })
export class BootstrapModule {}

/** The doing side, for the worker; needs the agents module. */
@Module({})
export class BootstrapMachineModule {
  static forRoot(options: BootstrapMachineOptions): DynamicModule {
    return {
      module: BootstrapMachineModule,
      imports: [DistributionsModule],
      providers: [
        { provide: BOOTSTRAP_MACHINE_OPTIONS, useValue: options },
        { provide: JOIN_PORT, useClass: EnrolledJoin },
        BootstrapSources,
        BootstrapMachine,
      ],
      exports: [BootstrapMachine],
    };
  }
}
