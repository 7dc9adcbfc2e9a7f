import type { HubClient } from '@flotilla/api-client';
import { CliError, exitCodes } from '../exit-codes.js';

/** The id of the fleet repo of that name. */
export async function fleetRepoId(client: HubClient, name: string): Promise<string> {
  const repos = await client.fleetRepos.readAll({});
  const repo = repos.find((candidate) => candidate.name === name || candidate.id === name);
  if (!repo) throw new CliError(exitCodes.notFound, `there is no fleet repo ${name}; known: ${repos.map((candidate) => candidate.name).join(', ') || 'none'}`);
  return repo.id;
}
