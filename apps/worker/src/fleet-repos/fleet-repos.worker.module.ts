import { Module } from '@nestjs/common';
import { FleetReposModule } from '@flotilla/fleet/fleet-repos';
import { MirrorFleetRepoProcessor } from './mirror-fleet-repo.processor.js';

@Module({ imports: [FleetReposModule], providers: [MirrorFleetRepoProcessor] })
export class FleetReposWorkerModule {}
