import type { IncomingHttpHeaders } from 'node:http';
import { listenHttp, type HttpListener } from './http-listener.js';
import { waitFor } from './wait-for.js';

/** A request that the sink received. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly receivedAt: Date;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_REQUESTS_KEPT = 10_000;

/** Receives webhooks and keeps them; the next answers can be made failures to see a sender retry. */
export class WebhookSink {
  readonly url: string;
  readonly received: ReceivedRequest[] = [];
  private readonly failures: number[] = [];
  private readonly listener: HttpListener;

  private constructor(listener: HttpListener) {
    this.listener = listener;
    this.url = listener.url;
  }

  static async start(): Promise<WebhookSink> {
    const holder: { sink?: WebhookSink } = {};
    const listener = await listenHttp((request, response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      request.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BODY_BYTES) request.destroy();
        else chunks.push(chunk);
      });
      request.on('end', () => {
        const status = holder.sink?.keep({
          method: request.method ?? '',
          path: request.url ?? '',
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
          receivedAt: new Date(),
        });
        response.writeHead(status ?? 503).end();
      });
    });
    holder.sink = new WebhookSink(listener);
    return holder.sink;
  }

  /** The next requests are answered with these status codes, one each; they are kept all the same. */
  failNext(...statuses: number[]): void {
    this.failures.push(...statuses);
  }

  /** Waits until a request that fits has come, also one that came before the call, and gives it. */
  waitForRequest(what: string, fits: (request: ReceivedRequest) => boolean, timeoutMs?: number): Promise<ReceivedRequest> {
    return waitFor(what, () => this.received.find(fits), timeoutMs === undefined ? {} : { timeoutMs });
  }

  async stop(): Promise<void> {
    await this.listener.close();
  }

  private keep(request: ReceivedRequest): number {
    if (this.received.length >= MAX_REQUESTS_KEPT) return 507;
    this.received.push(request);
    return this.failures.shift() ?? 200;
  }
}
