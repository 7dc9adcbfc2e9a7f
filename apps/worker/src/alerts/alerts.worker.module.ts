import { type DynamicModule, Module } from '@nestjs/common';
import { AlertsModule } from '@flotilla/fleet/alerts';
import { RoutesModule } from '@flotilla/fleet/routes';
import { TellSchedule } from './tell.schedule.js';

@Module({})
export class AlertsWorkerModule {
  static forRoot(options: { externalUrl: string }): DynamicModule {
    return { module: AlertsWorkerModule, imports: [AlertsModule, RoutesModule.forRoot(options)], providers: [TellSchedule] };
  }
}
