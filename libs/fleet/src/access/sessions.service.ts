import { Injectable } from '@nestjs/common';
import { FlotillaError, type Role } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { AuditLog } from '../audit/index.js';
import { AttemptLimiter } from './attempt-limiter.js';
import { type Authentication, newSecret, principalOf, secretHash } from './credentials.js';
import { decoyHash, verifyPassword } from './passwords.js';

const sessionHours = 12;
/** Failed logins per user and address, and per address, before they must wait. */
const failuresPerUser = 10;
const failuresPerAddress = 50;
const failureWindowMs = 5 * 60_000;

interface UserRow {
  id: string;
  name: string;
  password_hash: string;
  role: Role;
  selector: string;
}

/** Logins of local users; a session is a random secret, of which only the hash is stored. */
@Injectable()
export class Sessions {
  private readonly byUser = new AttemptLimiter(failuresPerUser, failureWindowMs);
  private readonly byAddress = new AttemptLimiter(failuresPerAddress, failureWindowMs);

  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Opens a session. Throws `login-failed` (which of user and password is wrong is not told) and `rate-limited` after too many failures.
   */
  async login(attempt: { user: string; password: string; address: string; requestId: string | null }): Promise<Authentication & { secret: string }> {
    const userKey = `${attempt.user}\n${attempt.address}`;
    const now = Date.now();
    const waitMs = Math.max(this.byUser.waitMs(userKey, now), this.byAddress.waitMs(attempt.address, now));
    if (waitMs > 0) throw new FlotillaError('rate-limited', `too many failed logins; try again in ${Math.ceil(waitMs / 1_000)} s`);
    // counted before the slow check, so that attempts side by side do not slip through
    this.byUser.count(userKey, now);
    this.byAddress.count(attempt.address, now);
    const [user] = await this.database.query<UserRow>(
      'select id, name, password_hash, role, selector from user_account where name = $1 and disabled_at is null',
      [attempt.user],
    );
    const matches = await verifyPassword(user?.password_hash ?? (await decoyHash()), attempt.password);
    if (!user || !matches) throw new FlotillaError('login-failed', 'wrong user or password; check both and try again');
    this.byUser.clear(userKey);
    const secret = newSecret();
    const principal = principalOf('user', user.name, user.role, user.selector, attempt.requestId);
    const expiresAt = await this.database.transaction(async () => {
      const [row] = await this.database.query<{ expires_at: Date }>(
        `insert into user_session (id, user_id, token_hash, expires_at) values (gen_random_uuid(), $1::uuid, $2, clock_timestamp() + make_interval(hours => $3::int)) returning expires_at`,
        [user.id, secretHash(secret), sessionHours],
      );
      if (!row) throw new FlotillaError('internal', 'the session could not be stored');
      await this.database.query('delete from user_session where user_id = $1::uuid and expires_at < clock_timestamp() returning 1 as ok', [user.id]);
      await this.audit.append({ principal, action: 'session:login', outcome: 'allowed', subject: `user/${user.name}` });
      return row.expires_at;
    });
    return { principal, expiresAt, secret };
  }

  /** The user of an open session, or null. */
  async authenticate(secret: string, requestId: string | null): Promise<Authentication | null> {
    const [row] = await this.database.query<UserRow & { expires_at: Date }>(
      `select u.id, u.name, u.password_hash, u.role, u.selector, s.expires_at from user_session s join user_account u on u.id = s.user_id
       where s.token_hash = $1 and s.expires_at > clock_timestamp() and u.disabled_at is null`,
      [secretHash(secret)],
    );
    return row ? { principal: principalOf('user', row.name, row.role, row.selector, requestId), expiresAt: row.expires_at } : null;
  }

  /** Ends the session; nothing happens when there is none. */
  async logout(secret: string, principal: Authentication['principal']): Promise<void> {
    await this.database.transaction(async () => {
      const ended = await this.database.query('delete from user_session where token_hash = $1 returning 1 as ok', [secretHash(secret)]);
      if (ended.length > 0) await this.audit.append({ principal, action: 'session:logout', outcome: 'allowed', subject: principal.subject.replace(':', '/') });
    });
  }
}
