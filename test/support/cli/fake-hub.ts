import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach } from 'vitest';

interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly token: string | undefined;
  readonly lastEventId: string | undefined;
}
type Answer = object | ((request: FakeRequest) => object);

/** A hub on loopback that answers what it was told to, by `METHOD /path`; anything else is `not-found`. */
class FakeHub {
  /** Where it listens while a test runs. */
  url = '';
  readonly requests: FakeRequest[] = [];
  private readonly answers = new Map<string, Answer[]>();
  private readonly server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const url = new URL(request.url ?? '', 'http://hub');
      const text = Buffer.concat(chunks).toString('utf8');
      const seen: FakeRequest = {
        method: request.method ?? '',
        path: url.pathname.replace('/api/v1', ''),
        query: url.searchParams,
        body: text === '' ? undefined : JSON.parse(text),
        token: request.headers.authorization?.replace('Bearer ', ''),
        lastEventId: request.headers['last-event-id']?.toString(),
      };
      this.requests.push(seen);
      const queue = this.answers.get(`${seen.method} ${seen.path}`) ?? [];
      const next = queue.length > 1 ? queue.shift() : queue[0];
      const answer =
        typeof next === 'function' ? next(seen) : (next ?? this.otherwise ?? problem('not-found', 404, `no ${seen.path.split('/').at(-1)} in your scope`));
      if (answer instanceof EventsAnswer) {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answer.text);
        return;
      }
      const status = 'status' in answer && 'code' in answer && typeof answer.status === 'number' ? answer.status : 200;
      response.writeHead(status, { 'content-type': status === 200 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(answer));
    })();
  });

  constructor(private readonly otherwise?: object) {}

  /** Several answers are given one after the other, the last for ever. */
  on(route: string, ...answers: Answer[]): this {
    this.answers.set(route, answers);
    return this;
  }

  /** Listens; nothing was asked and nothing is to be answered yet. */
  async start(): Promise<void> {
    this.requests.length = 0;
    this.answers.clear();
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Bodies of the requests to a route, in order. */
  bodies(route: string): unknown[] {
    return this.requests.filter(({ method, path }) => `${method} ${path}` === route).map(({ body }) => body);
  }
}

/** A hub that each test of the file or block finds new. `otherwise`: the answer to what it was not told. */
export function fakeHub(otherwise?: object): FakeHub {
  const hub = new FakeHub(otherwise);
  beforeEach(() => hub.start());
  afterEach(() => hub.stop());
  return hub;
}

class EventsAnswer {
  constructor(readonly text: string) {}
}

/** A stream of server-sent events, numbered from 1, that ends after the last. */
export function events(...all: readonly object[]): object {
  return new EventsAnswer(all.map((event, index) => `id: ${index + 1}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
}

export function problem(code: string, status: number, detail: string): object {
  return { type: 'about:blank', title: code, status, detail, code, requestId: 'r1' };
}

export function page(...items: object[]): object {
  return { items, nextCursor: null };
}
