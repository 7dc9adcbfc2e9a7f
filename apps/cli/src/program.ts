import { Command, CommanderError } from 'commander';
import { cliVariables } from './cli.config.js';
import type { Context } from './context.js';
import { CliError, exitCodeOf, exitCodes, isFlotillaError } from './exit-codes.js';
import { type GroupName, groupSummaries } from './groups.js';

type Register = (program: Command, context: Context) => void;

/** What a group needs is imported only when the group is used: starting must stay quick. */
const loaders: Readonly<Record<GroupName, () => Promise<Register>>> = {
  get: async () => (await import('./commands/get.js')).registerGet,
  create: async () => (await import('./commands/create.js')).registerCreate,
  delete: async () => (await import('./commands/delete.js')).registerDelete,
  join: async () => (await import('./commands/join.js')).registerJoin,
  bootstrap: async () => (await import('./commands/bootstrap.js')).registerBootstrap,
  check: async () => (await import('./commands/check.js')).registerCheck,
  reconcile: async () => (await import('./commands/act.js')).registerReconcile,
  suspend: async () => (await import('./commands/act.js')).registerSuspend,
  resume: async () => (await import('./commands/act.js')).registerResume,
  explain: async () => (await import('./commands/explain.js')).registerExplain,
  rollback: async () => (await import('./commands/rollback.js')).registerRollback,
  ledger: async () => (await import('./commands/history.js')).registerLedger,
  audit: async () => (await import('./commands/history.js')).registerAudit,
  routes: async () => (await import('./commands/routes.js')).registerRoutes,
  distribution: async () => (await import('./commands/distribution.js')).registerDistribution,
  doctor: async () => (await import('./commands/doctor.js')).registerDoctor,
  completion: async () => (await import('./commands/completion.js')).registerCompletion,
  version: async () => (await import('./commands/version.js')).registerVersion,
};
/** Groups that look at all the others. */
const wholeTree: readonly string[] = ['help', 'completion'];

/** The command tree. Only the group named by `only` is filled in; without it all are. */
export async function buildProgram(context: Context, only?: string): Promise<Command> {
  const program = new Command('flotilla')
    .description('Fleet hub for Flux')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHasColors: () => context.config.color,
    })
    .showHelpAfterError('(add --help for usage)')
    .helpCommand('help [command]', 'Show help of a command')
    .addHelpText(
      'after',
      `
Environment:
${Object.entries(cliVariables)
  .map(([name, meaning]) => `  ${name.padEnd(15)} ${meaning}`)
  .join('\n')}

Exit codes:
  0 ok   1 error   2 usage   3 not found   4 condition not met   5 timeout`,
    );
  const isWhole = only === undefined || wholeTree.includes(only);
  for (const [name, load] of Object.entries(loaders)) {
    if (isWhole || name === only) (await load())(program, context);
    else program.command(name).description(groupSummaries[name as GroupName]);
  }
  return program;
}

/** Runs one command line (without the program's name) and gives its exit code; every message is on stderr by then. */
export async function runCli(argv: readonly string[], context: Context): Promise<number> {
  try {
    const program = await buildProgram(context, argv.find((word) => !word.startsWith('-')) ?? '');
    await program.parseAsync(withSwitches(program, argv), { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    report(context, error);
    return exitCodeOf(error);
  }
}

function report(context: Context, error: unknown): void {
  if (error instanceof CliError && error.message === '') return;
  const message = error instanceof Error ? error.message : String(error);
  context.stderr.write(`error: ${message}\n`);
  if (isFlotillaError(error)) {
    for (const { path, message: problem } of error.options.errors ?? []) context.stderr.write(`  ${path}: ${problem}\n`);
    context.stderr.write(`code: ${error.code}\n`);
  }
}

/** flux takes `--prune=true` for a switch, commander only `--prune`: `=true` is dropped, `=false` becomes `--no-…` or nothing. */
function withSwitches(program: Command, argv: readonly string[]): string[] {
  const command = commandOf(program, argv);
  return argv.flatMap((word) => {
    const [, name, value] = /^--([a-z][a-z-]*)=(true|false)$/.exec(word) ?? [];
    if (name === undefined) return [word];
    const named = command.options.filter(({ long }) => long === `--${name}` || long === `--no-${name}`);
    if (named.length === 0 || named.some((option) => option.required || option.optional)) return [word];
    if (value === 'true') return named.some(({ long }) => long === `--${name}`) ? [`--${name}`] : [];
    return named.some(({ negate }) => negate) ? [`--no-${name}`] : [];
  });
}

function commandOf(program: Command, argv: readonly string[]): Command {
  let command = program;
  for (const word of argv) {
    const next = command.commands.find((candidate) => candidate.name() === word || candidate.aliases().includes(word));
    if (next) command = next;
  }
  return command;
}
