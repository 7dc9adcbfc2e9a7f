import { Module } from '@nestjs/common';
import { LedgerReadModel } from './ledger.read-model.js';

@Module({ providers: [LedgerReadModel], exports: [LedgerReadModel] })
export class LedgerModule {}
