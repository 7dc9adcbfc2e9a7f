import { describe, expect, it } from 'vitest';
import { parseRevision, sameRevision, shaOf } from './revision.js';

const sha = '0123456789abcdef0123456789abcdef01234567';
const other = 'f'.repeat(40);
const digest = 'ab'.repeat(32);

describe('parseRevision', () => {
  it.each([
    [`main@sha1:${sha}`, { ref: 'main', algorithm: 'sha1', hash: sha }],
    [`feature/a@b@sha1:${sha}`, { ref: 'feature/a@b', algorithm: 'sha1', hash: sha }],
    [`refs/heads/main@sha1:${sha}`, { ref: 'refs/heads/main', algorithm: 'sha1', hash: sha }],
    [`sha1:${sha}`, { ref: null, algorithm: 'sha1', hash: sha }],
    [`latest@sha256:${digest}`, { ref: 'latest', algorithm: 'sha256', hash: digest }],
    [`sha256:${digest}`, { ref: null, algorithm: 'sha256', hash: digest }],
    [`main/${sha}`, { ref: 'main', algorithm: null, hash: sha }],
    [sha, { ref: null, algorithm: null, hash: sha }],
    ['1.2.3', null],
    ['1.2.3+0123456789ab', null],
    ['main@sha1:0123456', null],
    ['', null],
  ])('%s', (text, parsed) => expect(parseRevision(text)).toEqual(parsed));
});

describe('sameRevision', () => {
  it.each([
    [`main@sha1:${sha}`, `fleet/3@sha1:${sha}`, true],
    [`main@sha1:${sha}`, `main@sha1:${other}`, false],
    [`main@sha1:${sha}`, sha, true],
    ['1.2.3', '1.2.3', true],
    ['1.2.3', '1.2.4', false],
  ])('%s and %s: %s', (a, b, same) => expect(sameRevision(a, b)).toBe(same));
});

it('has no commit in what is no revision', () => expect([shaOf(undefined), shaOf(null), shaOf('1.2.3')]).toEqual([null, null, null]));
