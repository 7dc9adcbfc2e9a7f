import { Controller, Get, Header, Inject } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { metrics } from '@flotilla/observability';
import { Public } from '../auth/permissions.decorator.js';

/** Probes and metrics, outside `/api/v1`. */
@Public()
@Controller()
export class HealthController {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** The process serves. */
  @Get('healthz')
  healthz(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can do its work: Postgres answers. 503 `unavailable` otherwise. */
  @Get('readyz')
  async readyz(): Promise<{ status: 'ok' }> {
    try {
      await this.database.query('select 1 as ok');
    } catch (cause) {
      throw new FlotillaError('unavailable', 'Postgres does not answer', { cause });
    }
    return { status: 'ok' };
  }

  /** Prometheus text format. */
  @Get('metrics')
  @Header('content-type', metrics.contentType)
  metrics(): Promise<string> {
    return metrics.metrics();
  }
}
