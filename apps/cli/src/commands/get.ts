import type { Command } from 'commander';
import type { Context } from '../context.js';
import { groupSummaries } from '../groups.js';
import { registerGetHub } from './get-hub.js';
import { registerGetObjects } from './get-objects.js';

export function registerGet(program: Command, context: Context): void {
  const get = program.command('get').description(groupSummaries.get);
  registerGetObjects(get, context);
  registerGetHub(get, context);
}
