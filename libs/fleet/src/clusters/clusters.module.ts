import { Global, Module } from '@nestjs/common';
import { ClustersReadModel } from './clusters.read-model.js';
import { ClustersService } from './clusters.service.js';

@Global()
@Module({ providers: [ClustersReadModel, ClustersService], exports: [ClustersReadModel, ClustersService] })
export class ClustersModule {}
