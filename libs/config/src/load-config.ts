import { z } from 'zod';

/** A program's environment: one zod object; each field carries `.describe()` for `--help` and the reference. */
export type ConfigSchema = z.ZodObject;

/** The environment is wrong: names every variable that is, in one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the variables of `schema` from `env`. Empty strings count as unset.
 * @throws {ConfigError} naming every variable that is missing or invalid
 */
export function loadConfig<T extends ConfigSchema>(schema: T, env: Readonly<Record<string, string | undefined>>): z.infer<T> {
  const given = Object.fromEntries(Object.keys(schema.shape).flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`the environment is not usable:\n${lines.join('\n')}\nrun with --help to see every variable`);
}

/** One line per variable: name, default and description, for `--help` and the generated reference. */
export function describeConfig(schema: ConfigSchema): { name: string; default: string | null; required: boolean; description: string }[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const unset = (field as z.ZodType).safeParse(undefined);
    const fallback = unset.success && unset.data !== undefined ? String(unset.data) : null;
    return { name, default: fallback, required: !unset.success, description: (field as z.ZodType).description ?? '' };
  });
}

/** Text for `--help`. */
export function configHelp(program: string, about: string, schema: ConfigSchema): string {
  const rows = describeConfig(schema).map(
    (v) =>
      `  ${v.name}${v.required ? ' (required)' : v.default === null ? '' : ` (default ${v.default === '' ? 'empty' : v.default})`}\n      ${v.description}`,
  );
  return `${program}: ${about}\n\nEnvironment:\n${rows.join('\n')}\n`;
}

/** Parses the config or ends the program: prints help on `--help`, the error and exit code 2 on a bad environment. */
export function configOrExit<T extends ConfigSchema>(
  program: string,
  about: string,
  schema: T,
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
): z.infer<T> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(configHelp(program, about, schema));
    process.exit(0);
  }
  try {
    return loadConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${program}: ${error.message}\n`);
    process.exit(2);
  }
}
