import { meetsMatchers } from './matcher.js';
import type { Route } from './routing.js';

type Labels = Readonly<Record<string, string>>;

/** Routes an alert with these labels takes, as Alertmanager: the deepest that match; the first of several siblings unless it says `continue`. */
export function matchRoutes(route: Route, labels: Labels): Route[] {
  if (!meetsMatchers(route.matchers, labels)) return [];
  const taken: Route[] = [];
  for (const child of route.routes) {
    const found = matchRoutes(child, labels);
    taken.push(...found);
    if (found.length > 0 && !child.continue) break;
  }
  return taken.length > 0 ? taken : [route];
}

/** Ids of the routes from the root to one, that one included. */
export function routePath(route: Route, id: string): Route[] {
  if (route.id === id) return [route];
  for (const child of route.routes) {
    if (id !== child.id && !id.startsWith(`${child.id}.`)) continue;
    return [route, ...routePath(child, id)];
  }
  return [];
}

/** Labels that make the alert's group on a route; labels it does not carry are left out. */
export function groupLabels(route: Route, labels: Labels): Record<string, string> {
  const names = route.groupBy === 'all' ? Object.keys(labels).sort() : route.groupBy;
  return Object.fromEntries(names.filter((name) => Object.hasOwn(labels, name)).map((name) => [name, labels[name] ?? '']));
}

/** Key of a group: route, receiver and group labels, so that a changed tree does not mix groups. */
export function groupKey(route: Route, labels: Labels): string {
  return `${route.id}/${route.receiver}:${JSON.stringify(Object.entries(groupLabels(route, labels)))}`;
}

/** Prometheus' fingerprint of a label set (FNV-1a, 64 bit, over sorted names and values with 0xff between), 16 hex digits: the same alert has it everywhere. */
export function labelFingerprint(labels: Labels): string {
  const encoder = new TextEncoder();
  let hash = 0xcbf29ce484222325n;
  const add = (byte: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  };
  for (const name of Object.keys(labels).sort()) {
    for (const text of [name, labels[name] ?? '']) {
      for (const byte of encoder.encode(text)) add(byte);
      add(0xff);
    }
  }
  return hash.toString(16).padStart(16, '0');
}
