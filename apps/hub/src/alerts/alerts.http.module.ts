import { Module } from '@nestjs/common';
import { AlertsModule } from '@flotilla/fleet/alerts';
import { AlertsController } from './alerts.controller.js';

@Module({ imports: [AlertsModule], controllers: [AlertsController] })
export class AlertsHttpModule {}
