import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every variable the command line reads, with what it is for. */
export const cliVariables = {
  FLOTILLA_URL: 'the hub (default: Console in ./.flotilla/credentials, which npm start writes)',
  FLOTILLA_TOKEN: 'API token (default: Token in ./.flotilla/credentials)',
  FLOTILLA_CA: "file with the CA of the hub's certificate",
  GITHUB_TOKEN: 'token for bootstrap github and fleet repos on GitHub',
  GITEA_TOKEN: 'token for bootstrap gitea and fleet repos on Gitea',
  GIT_PASSWORD: 'password for bootstrap git over HTTPS',
  NO_COLOR: 'when set, nothing is coloured',
} as const;

/** What the command line reads from its environment. */
export interface CliConfig {
  /** URL of the hub: FLOTILLA_URL, else `Console:` in `.flotilla/credentials` */
  readonly url: string | undefined;
  /** API token: FLOTILLA_TOKEN, else `Token:` in `.flotilla/credentials` */
  readonly token: string | undefined;
  /** file with the CA certificates (PEM) the hub's certificate is checked with */
  readonly caFile: string | undefined;
  readonly color: boolean;
  /** Git secrets by flux's variable names; a flag or a file can carry them too */
  readonly gitTokens: { readonly github: string | undefined; readonly gitea: string | undefined; readonly git: string | undefined };
}

const credentialsFile = join('.flotilla', 'credentials');

/** Reads the environment, and the credentials that `npm start` leaves in the working directory. */
export function readCliConfig(env: NodeJS.ProcessEnv = process.env, directory = process.cwd(), isTerminal = process.stdout.isTTY): CliConfig {
  const saved = readCredentials(join(directory, credentialsFile));
  return {
    url: env['FLOTILLA_URL'] || saved.get('console'),
    token: env['FLOTILLA_TOKEN'] || saved.get('token'),
    caFile: env['FLOTILLA_CA'] || undefined,
    color: isTerminal && !env['NO_COLOR'],
    gitTokens: { github: env['GITHUB_TOKEN'] || undefined, gitea: env['GITEA_TOKEN'] || undefined, git: env['GIT_PASSWORD'] || undefined },
  };
}

/** Lines `Name: value`; a missing file holds none. */
function readCredentials(path: string): Map<string, string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // not started here: the environment has to say where the hub is
    return new Map();
  }
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [, name, value] = /^\s*([A-Za-z ]+?)\s*:\s*(\S+)/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]];
    }),
  );
}

/** The environment local programs (kubectl, credential plugins) run with. */
export function programEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...more };
}
