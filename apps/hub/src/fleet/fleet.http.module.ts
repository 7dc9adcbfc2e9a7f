import { Module } from '@nestjs/common';
import { ObjectsModule } from '@flotilla/fleet/objects';
import { FleetSummaryController } from './fleet-summary.controller.js';

@Module({ imports: [ObjectsModule], controllers: [FleetSummaryController] })
export class FleetHttpModule {}
