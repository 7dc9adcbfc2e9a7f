import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { FlotillaError, tokenTtlDaysMax } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { systemPrincipal } from '@flotilla/domain';
import { AuditLog } from '../audit/index.js';
import { ApiTokens } from './api-tokens.service.js';
import { hashPassword } from './passwords.js';
import { tokenPrefix } from './credentials.js';

export const FIRST_ACCESS = Symbol('FIRST_ACCESS');
/** Password of the user `admin` and secret of the API token `bootstrap`, from the environment; empty: none is made. */
export interface FirstAccessOptions {
  adminPassword: string;
  adminToken: string;
}
const adminName = 'admin';
const tokenName = 'bootstrap';
const tokenLengthMin = 24;

/** Makes the first user and the first API token at start, when they do not exist. A hub without any would let nobody in. */
@Injectable()
export class FirstAccess implements OnApplicationBootstrap {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly tokens: ApiTokens,
    @Inject(FIRST_ACCESS) private readonly options: FirstAccessOptions,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { adminPassword, adminToken } = this.options;
    if (adminPassword !== '') await this.ensureAdmin(adminPassword);
    if (adminToken !== '') await this.ensureToken(adminToken);
  }

  private async ensureAdmin(password: string): Promise<void> {
    const passwordHash = await hashPassword(password);
    await this.database.transaction(async () => {
      const made = await this.database.query(
        `insert into user_account (id, name, password_hash, role) values (gen_random_uuid(), $1, $2, 'admin') on conflict (name) do nothing returning 1 as ok`,
        [adminName, passwordHash],
      );
      if (made.length > 0)
        await this.audit.append({
          principal: systemPrincipal('hub'),
          action: 'users:create',
          outcome: 'allowed',
          subject: `user/${adminName}`,
          detail: { role: 'admin' },
        });
    });
  }

  private async ensureToken(secret: string): Promise<void> {
    if (!secret.startsWith(tokenPrefix) || secret.length < tokenLengthMin)
      throw new Error(`FLOTILLA_ADMIN_TOKEN must start with "${tokenPrefix}" and have at least ${tokenLengthMin} characters`);
    const known = await this.database.query('select 1 as ok from api_token where name = $1', [tokenName]);
    if (known.length > 0) return;
    try {
      await this.tokens.create({ name: tokenName, role: 'admin', selector: '', expiresInSeconds: tokenTtlDaysMax * 86_400 }, systemPrincipal('hub'), secret);
    } catch (error) {
      // another replica that started at the same time made it
      if (!(error instanceof FlotillaError) || error.code !== 'already-exists') throw error;
    }
  }
}
