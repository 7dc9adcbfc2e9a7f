import { request } from 'node:https';

const REQUEST_TIMEOUT_MS = 30_000;
const BODY_SHOWN = 500;

/** An answer of the API server that is not a success. */
export class KubeStatusError extends Error {
  readonly status: number;

  constructor(method: string, path: string, status: number, body: string) {
    super(`${method} ${path} answered ${status}: ${body.slice(0, BODY_SHOWN)}`);
    this.name = 'KubeStatusError';
    this.status = status;
  }
}

/** A Kubernetes object as far as the rig looks into it. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** Calls to one API server, with its CA verified, without the cost of a kubectl process. */
export class KubeRest {
  private readonly server: string;
  private readonly ca: string;
  private readonly token: string;

  constructor(server: string, ca: string, token: string) {
    this.server = server;
    this.ca = ca;
    this.token = token;
  }

  /** The same server with another identity. */
  as(token: string): KubeRest {
    return new KubeRest(this.server, this.ca, token);
  }

  get(path: string): Promise<string> {
    return this.call('GET', path);
  }

  /** GET parsed as JSON, or undefined when the server answers 404. */
  async find<T = KubeObject>(path: string): Promise<T | undefined> {
    try {
      return JSON.parse(await this.call('GET', path)) as T;
    } catch (error) {
      if (error instanceof KubeStatusError && error.status === 404) return undefined;
      throw error;
    }
  }

  async post<T = KubeObject>(path: string, body: unknown): Promise<T> {
    return JSON.parse(await this.call('POST', path, 'application/json', body)) as T;
  }

  async patch<T = KubeObject>(path: string, body: unknown, contentType: string = 'application/merge-patch+json'): Promise<T> {
    return JSON.parse(await this.call('PATCH', path, contentType, body)) as T;
  }

  async delete(path: string): Promise<void> {
    await this.call('DELETE', path);
  }

  private call(method: string, path: string, contentType?: string, body?: unknown): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = { authorization: `Bearer ${this.token}`, accept: 'application/json' };
      if (contentType !== undefined) headers['content-type'] = contentType;
      const call = request(`${this.server}${path}`, { method, headers, ca: this.ca, timeout: REQUEST_TIMEOUT_MS }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(text);
          else reject(new KubeStatusError(method, path, status, text));
        });
      });
      call.on('timeout', () => call.destroy(new Error(`${method} ${path} did not answer within ${REQUEST_TIMEOUT_MS} ms`)));
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
