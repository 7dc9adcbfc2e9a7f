import { type DynamicModule, Module } from '@nestjs/common';
import { BootstrapMachineModule, type BootstrapMachineOptions } from '@flotilla/fleet/bootstrap';
import { AdvanceBootstrapProcessor } from './advance-bootstrap.processor.js';

@Module({})
export class BootstrapWorkerModule {
  static forRoot(options: BootstrapMachineOptions): DynamicModule {
    return { module: BootstrapWorkerModule, imports: [BootstrapMachineModule.forRoot(options)], providers: [AdvanceBootstrapProcessor] };
  }
}
