import { beforeEach } from 'vitest';
import { aCluster, aDistribution, aFleetRepo, anOperation, someId } from './builders.js';
import { fakeHub, page, problem } from './fake-hub.js';

/** A hub, new for each test, that would bootstrap the cluster `lab`, of which it knows nothing yet. */
export function bootstrapHub(): ReturnType<typeof fakeHub> {
  const hub = fakeHub();
  beforeEach(() => {
    hub
      .on('GET /distributions', page(aDistribution()))
      .on('GET /fleet-repos', page())
      .on('POST /fleet-repos', aFleetRepo())
      .on('GET /clusters/lab', problem('not-found', 404, 'no lab'))
      .on('POST /clusters', aCluster({ name: 'lab', path: 'clusters/lab' }))
      .on(`POST /clusters/${someId}/bootstrap`, anOperation());
  });
  return hub;
}
