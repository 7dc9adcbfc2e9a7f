import { Inject, Injectable } from '@nestjs/common';
import { type CreateFleetRepoRequest, FlotillaError } from '@flotilla/contracts';
import type { Outbound } from '@flotilla/outbound';
import { FleetRepoGit } from './fleet-repo-git.js';

/** Looks whether a repository can be reached as a fleet repo. */
@Injectable()
export class FleetRepoReach {
  constructor(
    private readonly git: FleetRepoGit,
    @Inject('OUTBOUND') private readonly outbound: Outbound,
  ) {}

  /** Errors: `git-url-invalid`, `outbound-blocked`, `git-unreachable`, `git-auth-failed`, `git-not-found`. */
  async check(request: CreateFleetRepoRequest): Promise<void> {
    try {
      await this.outbound.assertGitUrlAllowed(request.url);
      await this.git.read(
        {
          id: '',
          name: request.name,
          provider: request.provider,
          url: request.url,
          branch: request.branch,
          apiUrl: request.apiUrl ?? null,
          owner: request.owner ?? null,
          repository: request.repository ?? null,
          credentials: request.credentials ?? {},
        },
        (git) => git.head(request.branch),
      );
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      // a bootstrap makes the repository of a forge
      if (error.code === 'git-not-found' && request.provider !== 'git') return;
      if (error.code === 'unavailable' || error.code === 'outbound-timeout')
        throw new FlotillaError('git-unreachable', `${error.message}; check the URL and that the hub may reach it`, { cause: error });
      throw error;
    }
  }
}
