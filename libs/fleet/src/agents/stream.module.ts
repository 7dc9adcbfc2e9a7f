import { Module } from '@nestjs/common';
import { NoTransitionSink, TransitionSink } from '../objects/index.js';
import { ConnectionsRepository } from './connections.repository.js';
import { Ingest } from './ingest.js';
import { IngestWriter } from './ingest-writer.js';

/** Taking in what agents report. */
@Module({
  providers: [ConnectionsRepository, IngestWriter, Ingest, { provide: TransitionSink, useClass: NoTransitionSink }],
  exports: [ConnectionsRepository, Ingest],
})
export class StreamModule {}
