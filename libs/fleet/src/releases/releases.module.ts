import { Module } from '@nestjs/common';
import { CommandsModule } from '../commands/index.js';
import { LedgerModule } from '../ledger/index.js';
import { ReconcileReleases } from './reconcile-releases.js';

@Module({ imports: [CommandsModule, LedgerModule], providers: [ReconcileReleases], exports: [ReconcileReleases] })
export class ReleasesModule {}
