import type { CommandResponse } from '@flotilla/contracts';
import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import { Panel } from '../../ui/Panel.js';
import { StateMark } from '../../ui/StateMark.js';
import type { Tone } from '../../ui/state-words.js';
import { Empty, Failure, Loading } from '../../ui/states.js';
import { When } from '../../ui/When.js';

const outcomes: Record<CommandResponse['state'], { tone: Tone; word: string }> = {
  pending: { tone: 'joining', word: 'Waiting' },
  delivered: { tone: 'progressing', word: 'Delivered' },
  succeeded: { tone: 'ready', word: 'Succeeded' },
  failed: { tone: 'failing', word: 'Failed' },
  refused: { tone: 'failing', word: 'Refused' },
  superseded: { tone: 'suspended', word: 'Superseded' },
  expired: { tone: 'suspended', word: 'Expired' },
};

/** What the agent was told, and what became of it. */
export function Commands({ cluster }: { cluster: string }) {
  const commands = useQuery(queries.commands(cluster));
  return (
    <Panel title="Commands" flush>
      {commands.isPending ? (
        <Loading rows={3} />
      ) : commands.isError ? (
        <Failure what="The commands" error={commands.error} retry={() => void commands.refetch()} />
      ) : commands.data.items.length === 0 ? (
        <Empty title="No command was sent">Open an object in the tree to reconcile, suspend or resume it.</Empty>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Commands, scrollable">
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">Command</th>
                <th scope="col">Outcome</th>
                <th scope="col">By</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {commands.data.items.map((command) => (
                <tr key={command.id}>
                  <td>
                    <b>{command.type}</b>
                    {command.object ? (
                      <div className="dim">
                        {command.object.kind} {command.object.namespace}/{command.object.name}
                      </div>
                    ) : null}
                  </td>
                  <td>
                    <StateMark {...outcomes[command.state]} />
                    {command.message ? <div className="dim break">{command.message}</div> : null}
                  </td>
                  <td>{command.issuer}</td>
                  <td>
                    <When at={command.createdAt} />
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
