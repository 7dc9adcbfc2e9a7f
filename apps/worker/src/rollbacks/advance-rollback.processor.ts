import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AdvanceRollback } from '@flotilla/fleet/rollbacks';
import { JobWorker, TryAgainLater } from '@flotilla/jobs';

/** Carries a rollback on until it is at rest. */
@Injectable()
export class AdvanceRollbackProcessor implements OnModuleInit {
  constructor(
    private readonly worker: JobWorker,
    private readonly rollbacks: AdvanceRollback,
  ) {}

  onModuleInit(): void {
    this.worker.handle('advance-rollback', async ({ rollbackId }) => {
      const delayMs = await this.rollbacks.advance(rollbackId);
      if (delayMs !== null) throw new TryAgainLater(delayMs, 'the rollback is not at rest');
    });
  }
}
