import { type DynamicModule, Module } from '@nestjs/common';
import { RoutesModule } from '@flotilla/fleet/routes';
import { RoutesController } from './routes.controller.js';

@Module({})
export class RoutesHttpModule {
  static forRoot(options: { externalUrl: string }): DynamicModule {
    return { module: RoutesHttpModule, imports: [RoutesModule.forRoot(options)], controllers: [RoutesController] };
  }
}
