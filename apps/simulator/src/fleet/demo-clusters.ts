/** A cluster of the demo fleet: its name is also its directory below `clusters/`. */
export interface DemoCluster {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** directory in the fleet repo */
  readonly path: string;
}

const regions = ['eu-west', 'eu-north', 'us-east', 'us-west', 'ap-south', 'ap-east'] as const;
const rings = ['canary', 'early', 'broad', 'broad'] as const;

/** The first `count` clusters of the demo fleet, spread over regions; one in four is in ring canary. The same count gives the same fleet. */
export function demoClusters(count: number): DemoCluster[] {
  return Array.from({ length: count }, (_, index) => {
    const region = regions[index % regions.length] ?? 'eu-west';
    const number = Math.floor(index / regions.length) + 1;
    const ring = rings[(number - 1) % rings.length] ?? 'broad';
    const name = `${ring === 'canary' ? 'stage' : 'prod'}-${region}-${number}`;
    return { name, path: `clusters/${name}`, labels: { region, ring, environment: ring === 'canary' ? 'staging' : 'production' } };
  });
}
