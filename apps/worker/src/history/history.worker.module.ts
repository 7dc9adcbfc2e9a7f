import { Module } from '@nestjs/common';
import { PruneHistoryProcessor } from './prune-history.processor.js';

@Module({ providers: [PruneHistoryProcessor] })
export class HistoryWorkerModule {}
