import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { createOutbound } from '@flotilla/outbound';
import { FLEET_REPO_GIT_OPTIONS, FleetRepoGit, type FleetRepoGitOptions, OUTBOUND } from './fleet-repo-git.js';
import { RepoLock } from './repo-lock.js';

/** Makes `FleetRepoGit` and the guarded client (`OUTBOUND`) available everywhere. */
@Module({})
export class FleetRepoGitModule {
  /** `outboundAllow` is FLOTILLA_OUTBOUND_ALLOW, `cacheDirectory` the folder of mirrors (empty: one in the system's temporary folder). */
  static forRoot(options: { outboundAllow: string; cacheDirectory: string }): DynamicModule {
    const allow = options.outboundAllow
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const git: FleetRepoGitOptions = { cacheDirectory: options.cacheDirectory || join(tmpdir(), 'flotilla-mirrors') };
    const providers = [
      { provide: OUTBOUND, useFactory: () => createOutbound({ allow }) },
      { provide: FLEET_REPO_GIT_OPTIONS, useValue: git },
      RepoLock,
      FleetRepoGit,
    ];
    return { module: FleetRepoGitModule, global: true, providers, exports: [OUTBOUND, RepoLock, FleetRepoGit] };
  }
}
