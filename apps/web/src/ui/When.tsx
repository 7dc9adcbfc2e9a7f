import { useNow, useUtc } from './clock.js';
import { absoluteText, agoText, durationText } from './time-text.js';

/** A time, relative, with the absolute on hover. `plain` leaves out "ago": for "silent 9 min". */
export function When({ at, plain = false }: { at: string | null; plain?: boolean }) {
  const now = useNow();
  const [utc] = useUtc();
  if (at === null) return <span className="dim">never</span>;
  return (
    <time dateTime={at} title={absoluteText(at, utc)} className="num" style={{ whiteSpace: 'nowrap' }}>
      {plain ? durationText(now - Date.parse(at)) : agoText(at, now)}
    </time>
  );
}
