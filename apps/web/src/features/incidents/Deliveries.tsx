import type { DeliveryResponse } from '@flotilla/contracts';
import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import { Panel } from '../../ui/Panel.js';
import { StateMark } from '../../ui/StateMark.js';
import type { Tone } from '../../ui/state-words.js';
import { Empty, Failure, Loading } from '../../ui/states.js';
import { When } from '../../ui/When.js';

const outcomes: Record<DeliveryResponse['status'], { tone: Tone; word: string }> = {
  pending: { tone: 'progressing', word: 'Pending' },
  delivered: { tone: 'ready', word: 'Delivered' },
  failed: { tone: 'failing', word: 'Failed' },
};

/** Messages that went out, or did not, one line per group and receiver. */
export function Deliveries() {
  const deliveries = useQuery(queries.deliveries());
  return (
    <Panel title="Deliveries" flush>
      {deliveries.isPending ? (
        <Loading rows={4} label="Loading deliveries" />
      ) : deliveries.isError ? (
        <Failure what="The deliveries" error={deliveries.error} retry={() => void deliveries.refetch()} />
      ) : deliveries.data.items.length === 0 ? (
        <Empty title="Nothing was sent yet">
          Give the routing a receiver: <span className="mono">flotilla routes apply</span>. One grouped message then goes out per route.
        </Empty>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Deliveries, scrollable">
          <table className="plain" style={{ minWidth: 620 }}>
            <thead>
              <tr>
                <th scope="col">Outcome</th>
                <th scope="col">Receiver</th>
                <th scope="col">Alerts</th>
                <th scope="col" style={{ width: '46%' }}>
                  Message
                </th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {deliveries.data.items.map((delivery) => (
                <tr key={delivery.id}>
                  <td>
                    <StateMark {...outcomes[delivery.status]} />
                    {delivery.attempts > 1 ? <div className="dim num">{delivery.attempts} attempts</div> : null}
                  </td>
                  <td>
                    {delivery.receiver}
                    <div className="dim">{delivery.integration}</div>
                  </td>
                  <td className="num">{delivery.alerts}</td>
                  <td className="break">
                    {delivery.message}
                    <div className="dim mono" style={{ fontSize: '0.72rem' }}>
                      {delivery.groupKey}
                    </div>
                  </td>
                  <td>
                    <When at={delivery.deliveredAt ?? delivery.createdAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
