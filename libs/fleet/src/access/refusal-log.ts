import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { systemPrincipal, type Principal } from '@flotilla/domain';
import { counter, type Logger } from '@flotilla/observability';
import { AuditLog } from '../audit/index.js';
import { AttemptLimiter } from './attempt-limiter.js';

/** Refusals of one principal written to the chain per minute; more are counted and summed up. */
export const refusalsPerMinuteMax = 20;
const minuteMs = 60_000;
/** Principals of whom suppressed refusals are counted apart; the rest are counted as "others". */
const subjectsMax = 1_000;

const refusals = counter('flotilla_refusals_total', 'Requests refused', ['code']);

/**
 * Refusals in the audit chain, which must not be a way to fill a disk: those of a known principal one by one up to a cap, those of nobody
 * as a count; a summary entry each minute there was something.
 */
@Injectable()
export class RefusalLog implements OnModuleInit, OnApplicationShutdown {
  private readonly written = new AttemptLimiter(refusalsPerMinuteMax, minuteMs);
  private suppressed = new Map<string, number>();
  private unauthenticated = new Map<string, number>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly audit: AuditLog,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.summarise(), minuteMs);
    this.timer.unref();
  }

  /** Records that a known principal was refused: for want of a right, or a write for any reason. */
  async refused(principal: Principal, refusal: { action: string; subject: string; code: string }): Promise<void> {
    refusals.inc({ code: refusal.code });
    if (this.written.count(principal.subject, Date.now()) > refusalsPerMinuteMax) {
      const key = this.suppressed.has(principal.subject) || this.suppressed.size < subjectsMax ? principal.subject : 'others';
      this.suppressed.set(key, (this.suppressed.get(key) ?? 0) + 1);
      return;
    }
    await this.audit.append({ principal, action: refusal.action, outcome: 'refused', subject: refusal.subject, detail: { code: refusal.code } });
  }

  /** Counts a refusal of somebody who did not prove who they are. */
  refusedUnknown(code: string): void {
    refusals.inc({ code });
    this.unauthenticated.set(code, (this.unauthenticated.get(code) ?? 0) + 1);
  }

  /** Writes what was only counted since the last summary. Counts survive a failed write. */
  async summarise(): Promise<void> {
    const [unauthenticated, suppressed] = [this.unauthenticated, this.suppressed];
    if (unauthenticated.size === 0 && suppressed.size === 0) return;
    this.unauthenticated = new Map();
    this.suppressed = new Map();
    const detail = { unauthenticated: Object.fromEntries(unauthenticated), suppressed: Object.fromEntries(suppressed) };
    try {
      await this.audit.append({ principal: systemPrincipal('hub'), action: 'refusals:summary', outcome: 'refused', subject: 'hub', detail });
    } catch (error) {
      for (const [code, count] of unauthenticated) this.unauthenticated.set(code, (this.unauthenticated.get(code) ?? 0) + count);
      for (const [subject, count] of suppressed) this.suppressed.set(subject, (this.suppressed.get(subject) ?? 0) + count);
      this.logger.warn({ err: error }, 'the summary of refusals will be written later');
    }
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
  }
}
