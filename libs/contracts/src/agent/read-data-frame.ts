import { z } from 'zod';
import { frameObjectsMax, protocolVersion } from './messages.js';
import { type Condition, inventoryMax, type ObjectKey, type ObjectStatus } from './object-status.js';

/** The data frames: the hot part of the protocol. */
export type DataFrame =
  | { type: 'snapshot'; channel?: string; epoch: string; sequence: number; objects: ObjectStatus[]; start: boolean; end: boolean; digest?: string }
  | { type: 'deltas'; channel?: string; epoch: string; sequence: number; upserts: ObjectStatus[]; deletes: ObjectKey[] };

type Fields = Record<string, unknown>;
const uuidPattern = z.regexes.uuid();
const instantPattern = z.regexes.datetime({ offset: true });

/**
 * Reads a snapshot or deltas frame. Written by hand because zod was most of the hub's work per delta; it takes exactly what the `agentMessage` schema
 * takes and gives the same value, defaults filled in and unknown fields left out (a property test holds the two together). Null: not valid.
 */
export function readDataFrame(value: unknown): DataFrame | null {
  if (!isFields(value) || value['v'] !== protocolVersion) return null;
  const { channel, epoch, sequence } = value;
  if (channel !== undefined && !isText(channel, 64)) return null;
  if (typeof epoch !== 'string' || !uuidPattern.test(epoch) || !isInteger(sequence) || sequence < 1) return null;
  const base = { ...(channel === undefined ? {} : { channel }), epoch, sequence };
  if (value['type'] === 'deltas') {
    const upserts = readArray(value['upserts'], frameObjectsMax, readObjectStatus);
    const deletes = readArray(value['deletes'], frameObjectsMax, readObjectKey);
    return upserts && deletes ? { type: 'deltas', ...base, upserts, deletes } : null;
  }
  if (value['type'] !== 'snapshot') return null;
  const { start, end, digest } = value;
  const objects = readArray(value['objects'], frameObjectsMax, readObjectStatus);
  if (!objects || typeof start !== 'boolean' || typeof end !== 'boolean' || (digest !== undefined && !isText(digest, 128))) return null;
  return { type: 'snapshot', ...base, objects, start, end, ...(digest === undefined ? {} : { digest }) };
}

function readObjectKey(value: unknown): ObjectKey | null {
  if (!isFields(value)) return null;
  const { kind, namespace, name } = value;
  return isText(kind, 64) && isText(namespace, 253) && isText(name, 253) ? { kind, namespace, name } : null;
}

/** Reads one object status; null when it is not valid. As the schema `objectStatus`. */
function readObjectStatus(value: unknown): ObjectStatus | null {
  if (!isFields(value)) return null;
  const { apiVersion, kind, namespace, name, uid, generation, resourceVersion, observedAt, suspended = false } = value;
  if (!isText(apiVersion, 128) || !isText(kind, 64) || !isText(namespace, 253) || !isText(name, 253) || !isText(uid, 64) || !isText(resourceVersion, 64))
    return null;
  if (!isInteger(generation) || !isInstant(observedAt) || typeof suspended !== 'boolean') return null;
  const labels = value['labels'] === undefined ? {} : readLabels(value['labels']);
  const conditions = value['conditions'] === undefined ? [] : readArray(value['conditions'], 16, readCondition);
  if (!labels || !conditions) return null;
  const status: ObjectStatus = { apiVersion, kind, namespace, name, uid, generation, resourceVersion, labels, suspended, conditions, observedAt };
  return readScalars(value, status) && readParts(value, status) ? status : null;
}

function readScalars(value: Fields, status: ObjectStatus): boolean {
  const { observedGeneration, revision, attemptedRevision, releaseRevision, handledReconcileAt, requestedAt, owner } = value;
  if (observedGeneration !== undefined) {
    if (!isInteger(observedGeneration)) return false;
    status.observedGeneration = observedGeneration;
  }
  if (revision !== undefined) {
    if (!isText(revision, 512)) return false;
    status.revision = revision;
  }
  if (attemptedRevision !== undefined) {
    if (!isText(attemptedRevision, 512)) return false;
    status.attemptedRevision = attemptedRevision;
  }
  if (releaseRevision !== undefined) {
    if (!isText(releaseRevision, 512)) return false;
    status.releaseRevision = releaseRevision;
  }
  if (handledReconcileAt !== undefined) {
    if (!isText(handledReconcileAt, 64)) return false;
    status.handledReconcileAt = handledReconcileAt;
  }
  if (requestedAt !== undefined) {
    if (!isText(requestedAt, 64)) return false;
    status.requestedAt = requestedAt;
  }
  if (owner !== undefined) {
    if (!isText(owner, 507)) return false;
    status.owner = owner;
  }
  return true;
}

function readParts(value: Fields, status: ObjectStatus): boolean {
  if (value['source'] !== undefined) {
    const source = readSource(value['source']);
    if (!source) return false;
    status.source = source;
  }
  if (value['workload'] !== undefined) {
    const workload = readWorkload(value['workload']);
    if (!workload) return false;
    status.workload = workload;
  }
  if (value['image'] !== undefined) {
    const image = readImage(value['image']);
    if (!image) return false;
    status.image = image;
  }
  if (value['inventory'] !== undefined) {
    const inventory = readArray(value['inventory'], inventoryMax, (item) => (isText(item, 600) ? item : null));
    if (!inventory) return false;
    status.inventory = inventory;
  }
  return true;
}

function readSource(value: unknown): NonNullable<ObjectStatus['source']> | null {
  if (!isFields(value)) return null;
  const { url = '' } = value;
  if (!isText(url, 2048)) return null;
  const source: NonNullable<ObjectStatus['source']> = { url };
  for (const [key, max] of sourceTexts) {
    const text = value[key];
    if (text === undefined) continue;
    if (!isText(text, max)) return null;
    source[key] = text;
  }
  return source;
}
const sourceTexts = [
  ['branch', 256],
  ['tag', 256],
  ['commit', 64],
  ['semver', 256],
  ['digest', 128],
  ['commitOwner', 128],
] as const;

function readImage(value: unknown): NonNullable<ObjectStatus['image']> | null {
  if (!isFields(value)) return null;
  const image: NonNullable<ObjectStatus['image']> = {};
  for (const [key, max] of imageTexts) {
    const text = value[key];
    if (text === undefined) continue;
    if (!isText(text, max)) return null;
    image[key] = text;
  }
  return image;
}
const imageTexts = [
  ['name', 512],
  ['tag', 256],
  ['at', 64],
] as const;

function readWorkload(value: unknown): NonNullable<ObjectStatus['workload']> | null {
  if (!isFields(value)) return null;
  const { sourceKind, sourceNamespace, sourceName, path, checksHealth = false, timeoutSeconds, chart } = value;
  if (!isText(sourceKind, 64) || !isText(sourceNamespace, 253) || !isText(sourceName, 253) || typeof checksHealth !== 'boolean') return null;
  const dependsOn = value['dependsOn'] === undefined ? [] : readArray(value['dependsOn'], 64, (item) => (isText(item, 507) ? item : null));
  if (!dependsOn) return null;
  const workload: NonNullable<ObjectStatus['workload']> = { sourceKind, sourceNamespace, sourceName, checksHealth, dependsOn };
  if (path !== undefined) {
    if (!isText(path, 1024)) return null;
    workload.path = path;
  }
  if (timeoutSeconds !== undefined) {
    if (!isInteger(timeoutSeconds)) return null;
    workload.timeoutSeconds = timeoutSeconds;
  }
  if (chart !== undefined) {
    if (!isText(chart, 512)) return null;
    workload.chart = chart;
  }
  return workload;
}

function readCondition(value: unknown): Condition | null {
  if (!isFields(value)) return null;
  const { type, status, reason = '', message = '', observedGeneration, lastTransitionTime } = value;
  if (!isText(type, 316) || (status !== 'True' && status !== 'False' && status !== 'Unknown') || !isText(reason, 1024) || !isText(message, 1024)) return null;
  const condition: Condition = { type, status, reason, message };
  if (observedGeneration !== undefined) {
    if (!isInteger(observedGeneration)) return null;
    condition.observedGeneration = observedGeneration;
  }
  if (lastTransitionTime !== undefined) {
    if (!isInstant(lastTransitionTime)) return null;
    condition.lastTransitionTime = lastTransitionTime;
  }
  return condition;
}

function readLabels(value: unknown): Record<string, string> | null {
  if (!isFields(value)) return null;
  const labels: Record<string, string> = {};
  for (const key of Object.keys(value)) {
    if (key === '__proto__') continue;
    const text = value[key];
    if (typeof text !== 'string') return null;
    labels[key] = text;
  }
  return labels;
}

function readArray<T>(value: unknown, max: number, read: (item: unknown) => T | null): T[] | null {
  if (!Array.isArray(value) || value.length > max) return null;
  const items: T[] = [];
  for (const item of value) {
    const made = read(item);
    if (made === null) return null;
    items.push(made);
  }
  return items;
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, max: number): value is string => typeof value === 'string' && value.length <= max;
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isInstant = (value: unknown): value is string => typeof value === 'string' && instantPattern.test(value);
