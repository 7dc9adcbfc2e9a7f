import { type DynamicModule, Module } from '@nestjs/common';
import { HooksModule } from '@flotilla/fleet/hooks';
import { HooksController } from './hooks.controller.js';

@Module({})
export class HooksHttpModule {
  static forRoot(options: { publicUrl: string }): DynamicModule {
    return { module: HooksHttpModule, imports: [HooksModule.forRoot(options)], controllers: [HooksController] };
  }
}
