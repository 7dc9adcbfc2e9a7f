import type { CommitResponse, FleetSummary } from '@flotilla/contracts';
import { Pulse } from '../../ui/Pulse.js';
import { Revision } from '../../ui/Revision.js';
import { commitOf } from '../../ui/revision-text.js';
import { bandColours } from './band-colours.js';

/** Most revisions told apart; the rest is one line. */
const shownMax = 6;

/** How many clusters run each revision, newest first where the commits are known: the numbers of the river. */
export function RevisionBars({
  summary,
  commits,
  colours,
}: {
  summary: FleetSummary;
  commits: readonly CommitResponse[];
  colours: ReadonlyMap<string, string>;
}) {
  const subjects = new Map(commits.map((commit) => [commit.sha, commit.subject]));
  const shown = summary.revisions.slice(0, shownMax);
  const rest = summary.revisions.slice(shownMax);
  const known = summary.revisions.reduce((sum, each) => sum + each.clusters, 0);
  const none = summary.clusters - known;
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Revisions in the fleet, scrollable">
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Revision</th>
            <th scope="col">Clusters</th>
            <th scope="col" style={{ width: '38%' }}>
              Share
            </th>
            <th scope="col">Commit</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((each) => {
            const commit = commitOf(each.revision) ?? each.revision;
            return (
              <tr key={each.revision}>
                <td>
                  <Revision value={each.revision} copy />
                </td>
                <td className="num">
                  <Pulse value={each.clusters}>{each.clusters.toLocaleString('en')}</Pulse>
                </td>
                <td>
                  <span className="bar" style={{ marginTop: 6 }}>
                    <i style={{ width: `${(100 * each.clusters) / Math.max(1, summary.clusters)}%`, background: colours.get(commit) ?? bandColours.other }} />
                  </span>
                </td>
                <td className="break">{subjects.get(commit) ?? <span className="dim">–</span>}</td>
              </tr>
            );
          })}
          {rest.length > 0 ? (
            <tr>
              <td>{rest.length} more</td>
              <td className="num">{rest.reduce((sum, each) => sum + each.clusters, 0)}</td>
              <td />
              <td />
            </tr>
          ) : null}
          {none > 0 ? (
            <tr>
              <td className="dim">none or differing</td>
              <td className="num">{none.toLocaleString('en')}</td>
              <td>
                <span className="bar" style={{ marginTop: 6 }}>
                  <i className="stale" style={{ width: `${(100 * none) / Math.max(1, summary.clusters)}%` }} />
                </span>
              </td>
              <td className="dim">no report, or workloads at different revisions</td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  );
}
