import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { FLEET_REPO_GIT_OPTIONS, FleetRepoGit, type FleetRepoGitOptions } from './fleet-repo-git.js';
import { RepoLock } from './repo-lock.js';

/** Makes `FleetRepoGit` available everywhere; needs the provider `OUTBOUND`. */
@Module({})
export class FleetRepoGitModule {
  /** `cacheDirectory` is the folder of mirrors; empty: one in the system's temporary folder. */
  static forRoot(options: { cacheDirectory: string }): DynamicModule {
    const git: FleetRepoGitOptions = { cacheDirectory: options.cacheDirectory || join(tmpdir(), 'flotilla-mirrors') };
    return {
      module: FleetRepoGitModule,
      global: true,
      providers: [{ provide: FLEET_REPO_GIT_OPTIONS, useValue: git }, RepoLock, FleetRepoGit],
      exports: [RepoLock, FleetRepoGit],
    };
  }
}
