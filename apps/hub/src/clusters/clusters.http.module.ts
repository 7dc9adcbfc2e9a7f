import { Module } from '@nestjs/common';
import { ClustersModule } from '@flotilla/fleet/clusters';
import { ClustersController } from './clusters.controller.js';

@Module({ imports: [ClustersModule], controllers: [ClustersController] })
export class ClustersHttpModule {}
