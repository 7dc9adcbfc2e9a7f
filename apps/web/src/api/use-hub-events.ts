import { hubEvent, type EventTopic } from '@flotilla/contracts';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

/** Least time between two refreshes of one topic: four a second, as the hub's own feed. */
const flushMs = 250;
/** A list of thousands takes several pages to read; it is read again at most this often. */
const bigListFlushMs = 3000;
const bigList = 500;
/** Without events for this long while disconnected, lists are read again by polling. */
const pollMs = 15_000;
/** Pause before a stream that the hub refused is asked for again. */
const reconnectMs = 3000;
const topics: readonly EventTopic[] = ['clusters', 'objects', 'operations', 'rollbacks', 'alerts', 'fleet-repos', 'ledger'];

export type FeedState = 'connecting' | 'live' | 'interrupted';

/** Collects topics named by events and makes their queries stale, coalesced; a query still in flight is taken up again at the next turn. */
class EventCoalescer {
  private readonly pending = new Set<EventTopic>();
  private readonly last = new Map<EventTopic, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  constructor(
    private readonly client: QueryClient,
    private readonly now: () => number = Date.now,
  ) {}

  add(topic: EventTopic): void {
    for (const each of topic === 'refresh' ? topics : [topic]) this.pending.add(each);
    this.timer ??= setTimeout(() => this.flush(), flushMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.pending.clear();
  }

  private flush(): void {
    this.timer = undefined;
    for (const topic of [...this.pending]) {
      const due = (this.last.get(topic) ?? 0) + this.intervalOf(topic);
      if (due > this.now() || this.client.isFetching({ queryKey: [topic] }) > 0) continue;
      this.pending.delete(topic);
      this.last.set(topic, this.now());
      void this.client.invalidateQueries({ queryKey: [topic] });
    }
    if (this.pending.size > 0) this.timer = setTimeout(() => this.flush(), flushMs);
  }

  private intervalOf(topic: EventTopic): number {
    if (topic !== 'clusters') return flushMs;
    const list = this.client.getQueryData<{ items: unknown[] }>(['clusters', 'list']);
    return (list?.items.length ?? 0) > bigList ? bigListFlushMs : flushMs;
  }
}

/**
 * One EventSource for the whole console. Events are nudges: they say what to read again, never carry state. While the feed is interrupted the
 * lists are polled, so the console is late at worst, never frozen; the state is shown in the header.
 */
export function useHubEvents(enabled: boolean): FeedState {
  const client = useQueryClient();
  const [state, setState] = useState<FeedState>('connecting');
  useEffect(() => {
    if (!enabled) return;
    const coalescer = new EventCoalescer(client);
    let source: EventSource;
    let again: ReturnType<typeof setTimeout> | undefined;
    let opened = false;
    const take = (message: MessageEvent<string>) => {
      let body: unknown;
      try {
        body = JSON.parse(message.data);
      } catch {
        return;
      }
      const parsed = hubEvent.safeParse(body);
      if (parsed.success) coalescer.add(parsed.data.topic);
    };
    const connect = () => {
      source = new EventSource('/api/v1/events', { withCredentials: true });
      source.onopen = () => {
        // after an interruption anything may have been missed
        if (opened) coalescer.add('refresh');
        opened = true;
        setState('live');
      };
      source.onerror = () => {
        setState('interrupted');
        // the browser comes back by itself after a broken stream, not after an answer such as 503
        if (source.readyState !== EventSource.CLOSED) return;
        clearTimeout(again);
        again = setTimeout(connect, reconnectMs);
      };
      source.onmessage = take;
      for (const topic of [...topics, 'refresh']) source.addEventListener(topic, take);
    };
    connect();
    const poll = setInterval(() => {
      if (source.readyState !== EventSource.OPEN) coalescer.add('refresh');
    }, pollMs);
    return () => {
      clearInterval(poll);
      clearTimeout(again);
      coalescer.stop();
      source.close();
    };
  }, [client, enabled]);
  return state;
}
