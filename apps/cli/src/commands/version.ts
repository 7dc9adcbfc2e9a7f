import type { Command } from 'commander';
import type { Context } from '../context.js';
import { cliVersion, groupSummaries } from '../groups.js';
import { withExamples } from './options.js';

export function registerVersion(program: Command, context: Context): void {
  withExamples(
    program
      .command('version')
      .description(groupSummaries.version)
      .action(() => {
        context.stdout.write(`flotilla ${cliVersion}\n`);
      }),
    ['version'],
  );
}
