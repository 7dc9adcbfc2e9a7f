import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { FleetRepoMirror } from '@flotilla/fleet/fleet-repos';
import { JobQueue, JobWorker } from '@flotilla/jobs';
import type { Logger } from '@flotilla/observability';

/** A mirror is at most this old while its repository answers; a webhook or a refresh makes it younger. */
const mirrorEveryMs = 60_000;
const lookMs = 10_000;

/** Carries out `mirror-fleet-repo`, and wishes for it once a minute for each fleet repo. */
@Injectable()
export class MirrorFleetRepoProcessor implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly worker: JobWorker,
    private readonly queue: JobQueue,
    private readonly mirror: FleetRepoMirror,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.worker.handle('mirror-fleet-repo', ({ fleetRepoId }) => this.mirror.refresh(fleetRepoId));
    this.timer = setInterval(() => void this.schedule(), lookMs);
    void this.schedule();
  }

  private async schedule(): Promise<void> {
    try {
      const minute = Math.floor(Date.now() / mirrorEveryMs);
      // the id names the minute, so the queue takes it once however many replicas wish for it
      for (const fleetRepoId of await this.mirror.ids())
        await this.queue.add('mirror-fleet-repo', { fleetRepoId }, { id: `mirror.${fleetRepoId}.${minute}`, delayMs: 0 });
    } catch (error) {
      this.logger.warn({ err: error }, 'could not schedule the mirrors of fleet repos; will try again');
    }
  }

  onApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer);
  }
}
