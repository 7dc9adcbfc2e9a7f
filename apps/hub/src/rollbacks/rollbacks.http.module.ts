import { Module } from '@nestjs/common';
import { RollbacksModule } from '@flotilla/fleet/rollbacks';
import { RollbacksController } from './rollbacks.controller.js';

@Module({ imports: [RollbacksModule], controllers: [RollbacksController] })
export class RollbacksHttpModule {}
