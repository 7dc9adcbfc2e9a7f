import { Module } from '@nestjs/common';
import { LedgerModule } from '@flotilla/fleet/ledger';
import { LedgerController } from './ledger.controller.js';

@Module({ imports: [LedgerModule], controllers: [LedgerController] })
export class LedgerHttpModule {}
