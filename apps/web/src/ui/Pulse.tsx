import { useRef } from 'react';

/** Shows its content; when `value` changes after the first time, the content pulses once in place. */
export function Pulse({ value, children }: { value: string | number | null; children: React.ReactNode }) {
  const first = useRef(value);
  const changed = first.current !== value;
  return (
    <span key={String(value)} className={changed ? 'pulse' : undefined}>
      {children}
    </span>
  );
}
