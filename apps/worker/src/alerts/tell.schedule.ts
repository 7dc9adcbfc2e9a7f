import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AlertsRepository } from '@flotilla/fleet/alerts';
import { ChangeFeed } from '@flotilla/fleet/change-feed';
import { AlertDispatcher, Deliveries } from '@flotilla/fleet/routes';
import { JobWorker } from '@flotilla/jobs';
import type { Logger } from '@flotilla/observability';

/** Between looks at alerts and groups; timers of routes are counted in seconds. */
const tickMs = 1_000;
const silenceEveryTicks = 5;
/** Batches of one tick: the next tick goes on. */
const batchesMax = 20;

/** Watches for silent clusters, routes alerts, tells groups that are due, and sends what is to be told. */
@Injectable()
export class TellSchedule implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private ticks = 0;

  constructor(
    private readonly worker: JobWorker,
    private readonly alerts: AlertsRepository,
    private readonly dispatcher: AlertDispatcher,
    private readonly deliveries: Deliveries,
    private readonly changes: ChangeFeed,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.worker.handle('deliver-notification', ({ deliveryId }) => this.deliveries.send(deliveryId));
    this.timer = setInterval(() => {
      this.running ??= this.tick()
        .catch((error: unknown) =>
          this.logger.warn({ err: error }, 'alerts were not routed or told; the next second tries again; when this stays, see whether Postgres answers'),
        )
        .finally(() => (this.running = null));
    }, tickMs);
  }

  private async tick(): Promise<void> {
    if (this.ticks % silenceEveryTicks === 0) {
      const clusterIds = await this.alerts.watchSilence();
      if (clusterIds.length > 0) this.changes.publish('alerts', clusterIds);
    }
    this.ticks += 1;
    for (let n = 0; n < batchesMax && (await this.dispatcher.route()) > 0; n += 1);
    for (let n = 0; n < batchesMax && (await this.dispatcher.flush()) > 0; n += 1);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.running;
  }
}
