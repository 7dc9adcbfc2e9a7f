import type { ChildProcess } from 'node:child_process';
import path from 'node:path';

/** One share of a profile: `self` is the part (0–1) of the busy samples spent in it and in nothing it called. */
export interface ProfileShare {
  readonly name: string;
  readonly self: number;
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const attachTimeoutMs = 10_000;
/** Samples outside JavaScript that are no work. */
const restful = new Set(['(idle)', '(root)']);

/** A Node process whose work is being sampled through its inspector. The process has to be started with `--inspect-port=127.0.0.1:0`. */
export class CpuProfiler {
  private readonly socket: WebSocket;
  private next = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
  }

  /** Opens the inspector of a running process (SIGUSR1, as `node --inspect` documents) and attaches to it; `stderr` has to be a pipe. */
  static async attach(child: ChildProcess): Promise<CpuProfiler> {
    const { stderr } = child;
    if (!stderr) throw new Error('the process to profile has no piped stderr to tell its inspector by');
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      const timer = setTimeout(() => reject(new Error('the process to profile opened no inspector')), attachTimeoutMs);
      stderr.on('data', (data: Buffer) => {
        text += data.toString();
        const found = /Debugger listening on (ws:\S+)/.exec(text)?.[1];
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
      });
      child.kill('SIGUSR1');
    });
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('error', () => reject(new Error(`the inspector at ${url} does not answer`)), { once: true });
    });
    const profiler = new CpuProfiler(socket);
    await profiler.call('Profiler.enable');
    return profiler;
  }

  async start(): Promise<void> {
    await this.call('Profiler.start');
  }

  /** Ends sampling. @returns shares of the busy time by package and by function, largest first, and the part of the whole time that was busy (0–1) */
  async stop(): Promise<{ busy: number; packages: ProfileShare[]; functions: ProfileShare[] }> {
    const { profile } = (await this.call('Profiler.stop')) as { profile: CpuProfile };
    this.socket.close();
    return sharesOf(profile);
  }

  private call(method: string): Promise<unknown> {
    const id = (this.next += 1);
    return new Promise((resolve, reject) => {
      const onMessage = ({ data }: MessageEvent): void => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
        if (answer.id !== id) return;
        this.socket.removeEventListener('message', onMessage);
        if (answer.error) reject(new Error(`${method}: ${answer.error.message}`));
        else resolve(answer.result);
      };
      this.socket.addEventListener('message', onMessage);
      this.socket.send(JSON.stringify({ id, method }));
    });
  }
}

function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): { busy: number; packages: ProfileShare[]; functions: ProfileShare[] } {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const packages = new Map<string, number>();
  const functions = new Map<string, number>();
  let all = 0;
  let busy = 0;
  samples.forEach((sample, index) => {
    const micros = timeDeltas[index] ?? 0;
    const frame = frames.get(sample);
    all += micros;
    if (!frame || restful.has(frame.functionName)) return;
    busy += micros;
    const owner = packageOf(frame);
    packages.set(owner, (packages.get(owner) ?? 0) + micros);
    const name = `${frame.functionName || '(anonymous)'} (${owner})`;
    functions.set(name, (functions.get(name) ?? 0) + micros);
  });
  const shares = (counted: ReadonlyMap<string, number>): ProfileShare[] =>
    [...counted].map(([name, micros]) => ({ name, self: micros / busy })).sort((a, b) => b.self - a.self);
  return { busy: busy / all, packages: shares(packages), functions: shares(functions) };
}

/** The npm package or workspace folder a function is of; `node` for what Node brings, `V8` for collecting garbage and native code. */
function packageOf({ functionName, url }: CallFrame): string {
  if (url.startsWith('node:')) return 'node';
  if (url === '') return functionName === '(garbage collector)' ? 'V8 garbage collector' : 'V8';
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (installed !== undefined) return installed;
  const own = path.relative(process.cwd(), url.replace(/^file:\/\//, '')).split(path.sep);
  return own.slice(0, 2).join('/');
}
