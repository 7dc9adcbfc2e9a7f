import { labels as labelsSchema } from '@flotilla/contracts';
import { type FluxCreateCommand, labelFlag } from './create-command.js';
import { FlagError } from './flag-error.js';
import { Flags, type FlagValues } from './flags.js';
import { type JsonObject, writeGoYaml } from './go-yaml.js';
import { imageCommands } from './images.js';
import { notificationCommands } from './notifications.js';
import { secretCommands } from './secrets.js';
import { sourceCommands } from './sources.js';
import { tenantCommands } from './tenants.js';
import { workloadCommands } from './workloads.js';

/** Every `create …` command of flux that is rendered here; flags, defaults and output are those of flux v2.9. */
export const fluxCreateCommands: readonly FluxCreateCommand[] = [
  ...sourceCommands,
  ...secretCommands,
  ...workloadCommands,
  ...notificationCommands,
  ...imageCommands,
  ...tenantCommands,
];

export const fluxNamespaceDefault = 'flux-system';
const namePattern = /^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/;
const namespacePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Labels from `--label key=value,…`; undefined when there are none. */
function parseLabels(given: readonly string[]): Record<string, string> | undefined {
  if (given.length === 0) return undefined;
  const labels: Record<string, string> = {};
  for (const label of given) {
    const [key, value, ...rest] = label.split('=');
    if (!key || value === undefined || rest.length > 0) throw new FlagError('label', `${JSON.stringify(label)} must be key=value`);
    labels[key] = value;
  }
  const checked = labelsSchema.safeParse(labels);
  if (!checked.success) throw new FlagError('label', `${given.join(',')}: ${checked.error.issues[0]?.message ?? 'not labels'}`);
  return labels;
}

/**
 * The objects a `create` command makes, in the order flux prints them. `values` holds the flags by name, and for flags of kind `file` the
 * contents of the files. Throws FlagError.
 */
export function buildFluxObjects(command: FluxCreateCommand, name: string, namespace: string, values: FlagValues): readonly JsonObject[] {
  if (!namePattern.test(name))
    throw new FlagError('name', `${JSON.stringify(name)} must be 2-63 of a-z, 0-9 and "-", starting and ending with a letter or digit`);
  if (!namespacePattern.test(namespace)) throw new FlagError('namespace', `${JSON.stringify(namespace)} is not a DNS label`);
  const { secretFlags = [] } = command;
  const flags = new Flags([...command.flags, ...secretFlags, labelFlag], values);
  for (const { name: flag, choices } of secretFlags) if (choices) flags.text(flag);
  return command.build({ name, namespace, labels: parseLabels(flags.list('label')) }, flags);
}

/** Objects as flux exports them: each a document with `---` before it. */
export function exportYaml(objects: readonly JsonObject[]): string {
  return objects.map((object) => `---\n${writeGoYaml(object)}`).join('');
}
