import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { formatOf, printValue } from '../output/print.js';
import { say } from '../output/progress.js';
import { groupSummaries } from '../groups.js';
import { readFlagFile, withExamples, withOutput } from './options.js';

export function registerDistribution(program: Command, context: Context): void {
  const distribution = program.command('distribution').description(groupSummaries.distribution);
  const command = withOutput(
    distribution.command('import').argument('<file>', 'what flux install --export printed; - is standard input').description(groupSummaries.distribution),
  )
    .option('--digest <digest>', 'digest the file must have: sha256:<hex> (default: that of the file)')
    .action(async (file: string, options: { output: string; digest?: string }) => {
      const format = formatOf(options.output);
      const manifest = file === '-' ? await context.readStdin() : ((await readFlagFile(context, file, 'file')) ?? '');
      const digest = options.digest ?? `sha256:${createHash('sha256').update(manifest, 'utf8').digest('hex')}`;
      const imported = await (await context.client()).distributions.import({ manifest, digest });
      if (format === 'json' || format === 'yaml') return printValue(context, format, imported);
      say(context, 'did', `Flux ${imported.version} imported (${imported.components.join(', ')})`);
      context.stdout.write(`${imported.digest}\n`);
    });
  withExamples(command, [
    'distribution import flux.yaml',
    'distribution import flux.yaml --digest sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  ]);
}
