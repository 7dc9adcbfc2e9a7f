import { Module } from '@nestjs/common';
import { RollbacksModule } from '@flotilla/fleet/rollbacks';
import { AdvanceRollbackProcessor } from './advance-rollback.processor.js';

@Module({ imports: [RollbacksModule], providers: [AdvanceRollbackProcessor] })
export class RollbacksWorkerModule {}
