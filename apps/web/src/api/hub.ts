import { HubClient } from '@flotilla/api-client';

/** Longest wait for one answer of the hub. */
const timeoutMs = 20_000;

/** The hub this console was served by, on the same origin, with the session cookie. Cookie-authenticated writes are refused without the header. */
export const hub = new HubClient({ url: window.location.origin, timeoutMs, headers: { 'x-flotilla-csrf': '1' } });
