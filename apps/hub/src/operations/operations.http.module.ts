import { Module } from '@nestjs/common';
import { OperationsModule } from '@flotilla/fleet/operations';
import { OperationsController } from './operations.controller.js';

@Module({ imports: [OperationsModule], controllers: [OperationsController] })
export class OperationsHttpModule {}
