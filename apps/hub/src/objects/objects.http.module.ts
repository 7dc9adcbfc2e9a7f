import { Module } from '@nestjs/common';
import { ObjectsModule } from '@flotilla/fleet/objects';
import { ObjectsController } from './objects.controller.js';

@Module({ imports: [ObjectsModule], controllers: [ObjectsController] })
export class ObjectsHttpModule {}
