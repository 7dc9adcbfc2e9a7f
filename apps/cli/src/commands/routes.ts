import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { formatOf, printList, printValue } from '../output/print.js';
import { say } from '../output/progress.js';
import { groupSummaries } from '../groups.js';
import { parseLabels, readFlagFile, withExamples, withOutput } from './options.js';

export function registerRoutes(program: Command, context: Context): void {
  const routes = program.command('routes').description(groupSummaries.routes);
  const get = routes
    .command('get')
    .description("Print the routing, in Alertmanager's YAML")
    .option('-o, --output <format>', 'yaml or json', 'yaml')
    .action(async (options: { output: string }) => {
      const format = formatOf(options.output);
      const routing = await (await context.client()).routes.read();
      if (format === 'json') await printValue(context, format, routing);
      else context.stdout.write(routing.yaml.endsWith('\n') ? routing.yaml : `${routing.yaml}\n`);
    });
  withExamples(get, ['routes get > routes.yaml']);
  const set = routes
    .command('set')
    .argument('<file>', 'file with route and receivers; - is standard input')
    .description('Replace the routing, after checking it')
    .action(async (file: string) => {
      const yaml = file === '-' ? await context.readStdin() : ((await readFlagFile(context, file, 'file')) ?? '');
      const routing = await (await context.client()).routes.write({ yaml });
      say(context, 'did', `routing set: receivers ${routing.receivers.map(({ name, kinds }) => `${name} (${kinds.join(', ') || 'nobody'})`).join(', ')}`);
    });
  withExamples(set, ['routes set routes.yaml', 'routes set - < routes.yaml']);
  const test = withOutput(
    routes
      .command('test')
      .argument('<labels...>', 'labels of an alert: key=value …')
      .description('Show which receivers an alert would reach; exit code 4 when none'),
  ).action(async (labels: string[], options: { output: string }) => {
    const format = formatOf(options.output);
    const { matches } = await (await context.client()).routes.test(parseLabels(labels, 'labels'));
    await printList(context, format, {
      items: matches,
      header: ['Receiver', 'Route', 'Grouped by'],
      row: ({ receiver, path, groupBy }) => [receiver, path.join(' > '), groupBy.join(',')],
      name: ({ receiver }) => `receiver/${receiver}`,
      none: 'no receiver',
    });
    if (matches.length === 0) throw new CliError(exitCodes.conditionNotMet, '');
  });
  withExamples(test, ['routes test alertname=FluxObjectFailed cluster=prod-eu-1 severity=critical']);
}
