import { useSyncExternalStore } from 'react';

const tickMs = 5000;
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time in ms, shared by all relative times on the page so that they move together, every five seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => (Date.now() - now > tickMs ? (now = Date.now()) : now));
}

const utcKey = 'flotilla.utc';
const utcListeners = new Set<() => void>();
function subscribeUtc(listener: () => void): () => void {
  utcListeners.add(listener);
  return () => utcListeners.delete(listener);
}
const readUtc = (): boolean => localStorage.getItem(utcKey) === 'true';

/** Whether absolute times are shown in UTC, and the switch; kept in the browser. */
export function useUtc(): [boolean, (utc: boolean) => void] {
  const utc = useSyncExternalStore(subscribeUtc, readUtc);
  return [
    utc,
    (next) => {
      localStorage.setItem(utcKey, String(next));
      for (const listener of utcListeners) listener();
    },
  ];
}
