import { describe, expect, it } from 'vitest';
import { messageFromEvent } from './event-message.js';

const sha = 'a'.repeat(40);
const entry = { revision: `main@sha1:${sha}`, result: 'failed' as const, message: 'health check failed' };
const event = { revision: `fleet/7@sha1:${sha}`, severity: 'error', message: 'timeout waiting for: [Deployment/apps/web]' };

describe('the message of a ledger entry', () => {
  it.each([
    ['an error of the revision', entry, event, event.message],
    ['an error of another revision', entry, { ...event, revision: `main@sha1:${'b'.repeat(40)}` }, null],
    ['an error without a revision', entry, { ...event, revision: null }, null],
    ['an error of work under way', { ...entry, result: 'progressing' as const }, event, event.message],
    ['an error of what has succeeded', { ...entry, result: 'succeeded' as const, message: '' }, event, null],
    ['information for an entry with words', entry, { ...event, severity: 'info' }, null],
    ['information for one without', { ...entry, result: 'succeeded' as const, message: '' }, { ...event, severity: 'info' }, event.message],
    ['the same words', { ...entry, message: event.message }, event, null],
    ['no words', entry, { ...event, message: ' \0 ' }, null],
    ['a chart version', { ...entry, revision: '6.5.0' }, { ...event, revision: '6.5.0' }, event.message],
  ])('from %s', (_, of, by, message) => expect(messageFromEvent(of, by)).toBe(message));

  it('is bounded', () => expect(messageFromEvent(entry, { ...event, message: 'x'.repeat(5_000) })).toHaveLength(1024));
});
