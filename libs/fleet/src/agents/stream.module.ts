import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { TransitionSink, TransitionSinks } from '../objects/index.js';
import { ConnectionsRepository } from './connections.repository.js';
import { Ingest } from './ingest.js';
import { IngestWriter } from './ingest-writer.js';

/** Taking in what agents report. The `sinks` are told every transition, in order; they are made here, from what `imports` export. */
@Module({})
export class StreamModule {
  static forRoot(options: { sinks?: readonly Type<TransitionSink>[]; imports?: NonNullable<DynamicModule['imports']> } = {}): DynamicModule {
    const sinks = [...(options.sinks ?? [])];
    return {
      module: StreamModule,
      imports: options.imports ?? [],
      providers: [
        ConnectionsRepository,
        IngestWriter,
        Ingest,
        ...sinks,
        { provide: TransitionSink, useFactory: (...made: TransitionSink[]) => new TransitionSinks(made), inject: sinks },
      ],
      exports: [ConnectionsRepository, Ingest],
    };
  }
}
