import { Global, Module } from '@nestjs/common';
import { OperationRunner } from './operation-runner.js';
import { OperationStore } from './operation-store.js';

/** Long work as persisted step machines. */
@Global()
@Module({ providers: [OperationStore, OperationRunner], exports: [OperationStore, OperationRunner] })
export class OperationsModule {}
