import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ReconcileReleases } from '@flotilla/fleet/releases';
import { JobWorker } from '@flotilla/jobs';

/** Carries out `reconcile-releases`. */
@Injectable()
export class ReconcileReleasesProcessor implements OnModuleInit {
  constructor(
    private readonly worker: JobWorker,
    private readonly releases: ReconcileReleases,
  ) {}

  onModuleInit(): void {
    this.worker.handle('reconcile-releases', ({ clusterId, ...kustomization }) => this.releases.reconcile(clusterId, kustomization));
  }
}
