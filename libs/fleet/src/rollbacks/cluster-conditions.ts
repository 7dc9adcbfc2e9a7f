import { heartbeatSeconds, heartbeatsMissedMax } from '@flotilla/contracts';

/** SQL over a cluster `c`: whether it was heard within two heartbeats, on the hub's clock. */
export const freshCluster = `coalesce(c.last_received_at > clock_timestamp() - interval '${heartbeatSeconds * heartbeatsMissedMax} seconds', false)`;
/** SQL over a cluster `c`: whether its agent was joined read-only. */
export const readOnlyAgent = `coalesce((select a.read_only from agent a where a.cluster_id = c.id and a.revoked_at is null order by a.incarnation desc limit 1), false)`;
