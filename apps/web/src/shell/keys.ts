import { useEffect } from 'react';

/** Every key of the console, as `?` lists them. */
export const keyList = [
  { keys: ['⌘K', 'Ctrl K'], does: 'Find any cluster, revision, rollback, alert or action' },
  { keys: ['/'], does: 'Filter this page' },
  { keys: ['?'], does: 'This list' },
  { keys: ['g f'], does: 'Fleet' },
  { keys: ['g r'], does: 'Revisions' },
  { keys: ['g i'], does: 'Incidents' },
  { keys: ['g b'], does: 'Rollbacks' },
  { keys: ['g o'], does: 'Onboard' },
  { keys: ['t'], does: 'Fleet: map or table' },
  { keys: ['← ↑ → ↓'], does: 'Fleet map: move between clusters; Enter opens one' },
  { keys: ['Esc'], does: 'Leave a field, close a panel' },
] as const;

/** A second key of a sequence must follow within this time. */
const sequenceMs = 1200;

/** Global keys (`?`, `/`, `g x`); silent while a person types into a field or a dialog is open. `bindings` maps a key or `g x` to what it does. */
export function useKeys(bindings: Record<string, () => void>): void {
  useEffect(() => {
    let prefixAt = 0;
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
      if (target?.closest('input, textarea, select, [contenteditable], [role="dialog"]')) return;
      const inSequence = Date.now() - prefixAt < sequenceMs;
      const run = bindings[inSequence ? `g ${event.key}` : event.key];
      prefixAt = event.key === 'g' && !inSequence ? Date.now() : 0;
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [bindings]);
}

/** Puts the cursor into the page's filter, if it has one. */
export function focusFilter(): void {
  document.querySelector<HTMLInputElement>('[data-filter]')?.focus();
}
