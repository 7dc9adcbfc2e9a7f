import { type DynamicModule, Module } from '@nestjs/common';
import { JobQueue, JOBS_DATABASE_URL } from './job-queue.js';
import { JobWorker } from './job-worker.js';

/** Makes `JobQueue` and `JobWorker` available; needs the provider `LOGGER`. */
@Module({})
export class JobsModule {
  static forRoot(options: { databaseUrl: string }): DynamicModule {
    return {
      module: JobsModule,
      global: true,
      providers: [{ provide: JOBS_DATABASE_URL, useValue: options.databaseUrl }, JobQueue, JobWorker],
      exports: [JobQueue, JobWorker],
    };
  }
}
