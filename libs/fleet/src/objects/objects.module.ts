import { Module } from '@nestjs/common';
import { FleetSummaryReadModel } from './fleet-summary.read-model.js';
import { ObjectsReadModel } from './objects.read-model.js';

@Module({ providers: [ObjectsReadModel, FleetSummaryReadModel], exports: [ObjectsReadModel, FleetSummaryReadModel] })
export class ObjectsModule {}
