import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/index.js';
import { ExplainService } from './explain.service.js';

@Module({ imports: [LedgerModule], providers: [ExplainService], exports: [ExplainService] })
export class ExplainModule {}
