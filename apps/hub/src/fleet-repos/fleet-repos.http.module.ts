import { Module } from '@nestjs/common';
import { FleetReposModule } from '@flotilla/fleet/fleet-repos';
import { FleetReposController } from './fleet-repos.controller.js';

@Module({ imports: [FleetReposModule], controllers: [FleetReposController] })
export class FleetReposHttpModule {}
