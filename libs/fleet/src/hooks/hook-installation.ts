import { Injectable } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { FleetRepoGit } from '../fleet-repos/index.js';
import { OperationRunner, type Step } from '../operations/index.js';
import { SecretBox } from '../secrets/index.js';

export const hookInstallationStep = 'forge-hook';

/** What the operation needs; the key stays sealed with the hook. */
export interface HookInstallationInput {
  hookId: string;
  url: string;
}

/** Sets a push hook at the forge of its fleet repo, in the worker. */
@Injectable()
export class HookInstallation {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
    private readonly fleetRepos: FleetRepoGit,
    private readonly runner: OperationRunner,
  ) {}

  /** Sets it once, however often it is called. @throws TryAgainLater */
  async advance(operationId: string): Promise<void> {
    const step: Step<HookInstallationInput> = { name: hookInstallationStep, writes: true, waitSeconds: 0, run: (input) => this.set(input) };
    await this.runner.run(operationId, [step], {
      open: (operation) => Promise.resolve(operation.input as HookInstallationInput),
      close: () => Promise.resolve(),
      refresh: () => undefined,
    });
  }

  private async set({ hookId, url }: HookInstallationInput): Promise<{ state: 'succeeded'; detail: string }> {
    const [hook] = await this.database.query<{ secret_id: string; fleet_repo_id: string }>(
      'select secret_id, fleet_repo_id from hook where id = $1::uuid and fleet_repo_id is not null',
      [hookId],
    );
    if (!hook) throw new FlotillaError('not-found', 'the hook is gone; make another', { retryable: false });
    const repo = await this.fleetRepos.open(hook.fleet_repo_id);
    const secret = await this.secrets.get<string>(hook.secret_id);
    const { supported, created } = await this.fleetRepos.write(repo, (git) => git.ensureWebhook({ url, secret }));
    if (!supported) throw new FlotillaError('conflict', `${repo.provider} has no hooks to set; set this one by hand`, { retryable: false });
    return { state: 'succeeded', detail: created ? `set at ${repo.provider} for pushes to ${repo.name}` : `${repo.provider} has it already` };
  }
}
