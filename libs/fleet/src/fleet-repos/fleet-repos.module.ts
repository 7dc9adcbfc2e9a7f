import { Global, Module } from '@nestjs/common';
import { FleetRepoMirror } from './fleet-repo-mirror.js';
import { FleetRepoReach } from './fleet-repo-reach.js';
import { FleetReposService } from './fleet-repos.service.js';

/** Fleet repos and their mirror; needs `FleetRepoGitModule`. */
@Global()
@Module({ providers: [FleetRepoReach, FleetReposService, FleetRepoMirror], exports: [FleetReposService, FleetRepoMirror] })
export class FleetReposModule {}
