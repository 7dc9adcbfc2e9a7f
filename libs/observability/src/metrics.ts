import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram };

/** The program's metrics registry. Names are `flotilla_<noun>_<unit>`; labels are bounded. */
export const metrics = new Registry();

let collecting = false;
/** Adds the process metrics (memory, event loop, GC) once. */
export function collectProcessMetrics(): void {
  if (collecting) return;
  collecting = true;
  collectDefaultMetrics({ register: metrics });
}

/** A counter in the program's registry, made once per name. */
export function counter(name: `flotilla_${string}`, help: string, labelNames: readonly string[] = []): Counter {
  const known = metrics.getSingleMetric(name);
  return known instanceof Counter ? known : new Counter({ name, help, labelNames: [...labelNames], registers: [metrics] });
}

/** A histogram of seconds or sizes in the program's registry, made once per name. */
export function histogram(name: `flotilla_${string}`, help: string, buckets: readonly number[], labelNames: readonly string[] = []): Histogram {
  const known = metrics.getSingleMetric(name);
  return known instanceof Histogram ? known : new Histogram({ name, help, buckets: [...buckets], labelNames: [...labelNames], registers: [metrics] });
}

/** A gauge in the program's registry, made once per name. */
export function gauge(name: `flotilla_${string}`, help: string, labelNames: readonly string[] = []): Gauge {
  const known = metrics.getSingleMetric(name);
  return known instanceof Gauge ? known : new Gauge({ name, help, labelNames: [...labelNames], registers: [metrics] });
}
