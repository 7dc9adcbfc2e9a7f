import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HookInstallation } from '@flotilla/fleet/hooks';
import { JobWorker } from '@flotilla/jobs';

/** Sets push hooks at forges. */
@Injectable()
export class InstallHookProcessor implements OnModuleInit {
  constructor(
    private readonly worker: JobWorker,
    private readonly installation: HookInstallation,
  ) {}

  onModuleInit(): void {
    this.worker.handle('install-hook', ({ operationId }) => this.installation.advance(operationId));
  }
}
