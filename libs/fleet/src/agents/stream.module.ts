import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NoTransitionSink, TransitionSink } from '../objects/index.js';
import { ConnectionsRepository } from './connections.repository.js';
import { Ingest } from './ingest.js';
import { IngestWriter } from './ingest-writer.js';

/** Taking in what agents report. `sink` is told every transition; it is made here, from what `imports` export. */
@Module({})
export class StreamModule {
  static forRoot(options: { sink?: Type<TransitionSink>; imports?: NonNullable<DynamicModule['imports']> } = {}): DynamicModule {
    return {
      module: StreamModule,
      imports: options.imports ?? [],
      providers: [ConnectionsRepository, IngestWriter, Ingest, { provide: TransitionSink, useClass: options.sink ?? NoTransitionSink }],
      exports: [ConnectionsRepository, Ingest],
    };
  }
}
