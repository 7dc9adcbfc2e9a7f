import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BootstrapMachine } from '@flotilla/fleet/bootstrap';
import { JobWorker } from '@flotilla/jobs';

/** Goes on with a bootstrap. */
@Injectable()
export class AdvanceBootstrapProcessor implements OnModuleInit {
  constructor(
    private readonly worker: JobWorker,
    private readonly machine: BootstrapMachine,
  ) {}

  onModuleInit(): void {
    this.worker.handle('advance-bootstrap', ({ operationId }) => this.machine.advance(operationId));
  }
}
