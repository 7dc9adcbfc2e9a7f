import type { Command } from 'commander';
import type { Context } from '../context.js';
import { groupSummaries } from '../groups.js';
import type { BootstrapOptions, BootstrapProvider } from './bootstrap-flags.js';
import { refusedBootstrapFlags } from './bootstrap-refused-flags.js';
import { runBootstrap } from './bootstrap-run.js';
import { commaSeparated, withExamples } from './options.js';
import { refuseFlags, withRefusedFlags } from './refused-flags.js';

/** `bootstrap github|gitea|git` with flux's flags. The hub does the work in steps that survive restarts; this follows them. */
export function registerBootstrap(program: Command, context: Context): void {
  const bootstrap = program.command('bootstrap').description(groupSummaries.bootstrap);
  for (const provider of ['github', 'gitea'] as const) {
    const command = commonFlags(
      bootstrap.command(provider).description(`${groupSummaries.bootstrap}: repository on ${provider === 'github' ? 'GitHub' : 'Gitea'}`),
    )
      .requiredOption('--owner <owner>', 'user or organisation')
      .requiredOption('--repository <name>', 'name of the repository')
      .option('--hostname <host>', 'host of the forge', provider === 'github' ? 'github.com' : 'gitea.com')
      .option('--api-url <url>', 'API of the forge (default: that of the host)')
      .option('--personal', 'the owner is a user, not an organisation')
      .option('--private', 'the repository is made private when it is created', true)
      .option('--no-private', 'the repository is made public when it is created')
      .option('--token-auth', 'clusters read the repository with the token, over HTTPS, in place of a deploy key')
      .option('--read-write-key', 'the deploy key may write');
    runs(context, provider, command);
    withExamples(command, [
      `bootstrap ${provider} --owner=org --repository=fleet --branch=main --path=clusters/prod-eu-1`,
      `bootstrap ${provider} --owner=me --repository=fleet --personal --path=clusters/lab --token-auth --cluster lab --context lab`,
    ]);
  }
  const git = commonFlags(bootstrap.command('git').description(`${groupSummaries.bootstrap}: any Git repository`))
    .requiredOption('--url <url>', 'clone URL: ssh://git@host/org/repository or https://…')
    .option('-u, --username <name>', 'user name for HTTPS', 'git')
    .option(
      '-p, --password <password>',
      'password or token for HTTPS (better: GIT_PASSWORD in the environment); refused with ssh://, where flux takes it as passphrase',
    )
    .option('--private-key-file <file>', 'SSH key without passphrase, which the hub pushes with and the cluster reads with')
    .option('--known-hosts-file <file>', 'SSH host keys of the server')
    .option('--allow-insecure-http', 'allow plain HTTP')
    .option('--token-auth', 'the cluster reads the repository with the password; so it does at every https:// URL')
    .option('-s, --silent', 'accepted for flux scripts: nothing is asked');
  runs(context, 'git', git);
  withExamples(git, [
    'bootstrap git --url=ssh://git@git.example.com/org/fleet --branch=main --path=clusters/prod-eu-1 --private-key-file=id',
    'bootstrap git --url=https://git.example.com/org/fleet.git --path=clusters/lab --context lab',
  ]);
}

function commonFlags(command: Command): Command {
  return command
    .requiredOption('--path <path>', 'directory of the cluster in the repository')
    .option(
      '--cluster <cluster>',
      'name of the cluster in Flotilla (default: last part of the path), created when there is none; in flux it chooses a cluster of the kubeconfig, here --context does',
    )
    .option('--label <label>', 'labels of a new cluster: region=eu,ring=1', commaSeparated)
    .option('--fleet-repo <name>', 'name of the fleet repo (default: the one of this URL and branch, else after the repository)')
    .option('--branch <branch>', 'branch', 'main')
    .option('--interval <duration>', 'how often the cluster reads the repository', '1m')
    .option('--ca-file <file>', 'CA of the Git server, PEM')
    .option('--ssh-key-algorithm <algorithm>', 'ecdsa, ed25519 or rsa', 'ecdsa')
    .option('--ssh-hostname <host>', 'SSH host, where it differs from that of HTTPS')
    .option('--author-name <name>', 'author of the commits', 'Flux')
    .option('--author-email <email>', 'e-mail of the author', '')
    .option('--commit-message-appendix <text>', 'added to the commit messages')
    .option('--distribution <digest>', 'distribution to install (default: the newest imported)')
    .option('-v, --version <version>', 'the imported distribution of this version of Flux')
    .option('--workloads-path <path>', 'directory of the workloads the cluster runs')
    .option('--no-scaffold', "only what flux writes: no fleet source, entry Kustomization and agent in the cluster's path")
    .option('--network-policy', 'network policies, as the distribution has them', true)
    .option('--watch-all-namespaces', 'Flux watches all namespaces, as in the distribution', true)
    .option('--kubeconfig <file>', 'kubeconfig (default: as kubectl)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--server <url>', 'address of the API server, in place of that of the kubeconfig')
    .option('--tls-server-name <name>', "name in the API server's certificate, where it differs from its host")
    .option('--certificate-authority <file>', 'CA of the API server, PEM')
    .option('--token <token>', 'bearer token for the API server (not for Git), in place of the user of the kubeconfig')
    .option('--client-certificate <file>', 'client certificate for the API server, PEM; with --client-key')
    .option('--client-key <file>', 'key of the client certificate, PEM')
    .option('--verbose', 'print what is asked of the hub (the objects it makes are in its commits)')
    .option('--no-wait', 'do not follow the steps')
    .option('--timeout <duration>', 'how long to follow', '15m');
}

function runs(context: Context, provider: BootstrapProvider, command: Command): void {
  withRefusedFlags(command, refusedBootstrapFlags(provider)).action((options: BootstrapOptions) => {
    refuseFlags(command);
    return runBootstrap(context, provider, options);
  });
}
