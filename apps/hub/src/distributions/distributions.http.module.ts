import { Module } from '@nestjs/common';
import { DistributionsModule } from '@flotilla/fleet/distributions';
import { DistributionsController } from './distributions.controller.js';

@Module({ imports: [DistributionsModule], controllers: [DistributionsController] })
export class DistributionsHttpModule {}
