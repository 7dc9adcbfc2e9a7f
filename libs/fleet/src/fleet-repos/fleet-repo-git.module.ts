import { type DynamicModule, Module } from '@nestjs/common';
import { FLEET_REPO_GIT_OPTIONS, FleetRepoGit, type FleetRepoGitOptions } from './fleet-repo-git.js';
import { RepoLock } from './repo-lock.js';

/** Makes `FleetRepoGit` available everywhere; needs the provider `OUTBOUND`. */
@Module({})
export class FleetRepoGitModule {
  static forRoot(options: FleetRepoGitOptions): DynamicModule {
    return {
      module: FleetRepoGitModule,
      global: true,
      providers: [{ provide: FLEET_REPO_GIT_OPTIONS, useValue: options }, RepoLock, FleetRepoGit],
      exports: [RepoLock, FleetRepoGit],
    };
  }
}
