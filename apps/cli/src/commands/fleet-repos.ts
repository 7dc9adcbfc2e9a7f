import type { HubClient } from '@flotilla/api-client';
import type { FleetRepoResponse } from '@flotilla/contracts';
import { CliError, exitCodes } from '../exit-codes.js';

/** The fleet repo of that name or id. */
export async function findFleetRepo(client: HubClient, name: string): Promise<FleetRepoResponse> {
  const repos = await client.fleetRepos.readAll({});
  const repo = repos.find((candidate) => candidate.name === name || candidate.id === name);
  if (!repo) throw new CliError(exitCodes.notFound, `there is no fleet repo ${name}; known: ${repos.map((candidate) => candidate.name).join(', ') || 'none'}`);
  return repo;
}
