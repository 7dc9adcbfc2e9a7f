import { Global, Module } from '@nestjs/common';
import { RevisionsReadModel } from './revisions.read-model.js';

@Global()
@Module({ providers: [RevisionsReadModel], exports: [RevisionsReadModel] })
export class RevisionsModule {}
