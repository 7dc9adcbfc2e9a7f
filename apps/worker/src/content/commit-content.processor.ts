import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ContentMachine } from '@flotilla/fleet/content';
import { JobWorker } from '@flotilla/jobs';

/** Commits files to a cluster's path. */
@Injectable()
export class CommitContentProcessor implements OnModuleInit {
  constructor(
    private readonly worker: JobWorker,
    private readonly machine: ContentMachine,
  ) {}

  onModuleInit(): void {
    this.worker.handle('commit-content', ({ operationId }) => this.machine.advance(operationId));
  }
}
