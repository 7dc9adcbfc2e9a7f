import { Module } from '@nestjs/common';
import { LedgerEnrichment } from './ledger-enrichment.js';
import { LedgerReadModel } from './ledger.read-model.js';

@Module({ providers: [LedgerReadModel, LedgerEnrichment], exports: [LedgerReadModel, LedgerEnrichment] })
export class LedgerModule {}
