import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, configHelp, loadConfig } from './load-config.js';

const schema = z.object({
  PORT: z.coerce.number().int().min(1).max(65_535).default(8080).describe('port of the hub'),
  DATABASE_URL: z.url().describe('Postgres'),
});

describe('loadConfig', () => {
  it('takes defaults for what is unset or empty', () => {
    expect(loadConfig(schema, { PORT: '', DATABASE_URL: 'postgres://h/d' })).toEqual({ PORT: 8080, DATABASE_URL: 'postgres://h/d' });
  });
  it('names every variable that is wrong', () => {
    expect(() => loadConfig(schema, { PORT: '99999' })).toThrow(ConfigError);
    expect(() => loadConfig(schema, { PORT: '99999' })).toThrow(/PORT[\s\S]*DATABASE_URL/);
  });
  it('lists variables with default and description', () => {
    expect(configHelp('hub', 'the hub', schema)).toContain('PORT (default 8080)\n      port of the hub');
    expect(configHelp('hub', 'the hub', schema)).toContain('DATABASE_URL (required)');
  });
});
