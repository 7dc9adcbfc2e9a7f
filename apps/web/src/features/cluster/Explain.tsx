import type { ClusterResponse } from '@flotilla/contracts';
import { TextInput } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { queries } from '../../api/queries.js';
import { Panel } from '../../ui/Panel.js';
import { Revision } from '../../ui/Revision.js';
import { shortRevision } from '../../ui/revision-text.js';
import { StateMark } from '../../ui/StateMark.js';
import { Empty, Failure, Loading } from '../../ui/states.js';
import { When } from '../../ui/When.js';

const revisionLengthMin = 7;

/** "Why not at R?": an ordered list, one remedy each. R is the head of the branch until another is asked for. */
export function Explain({
  cluster,
  revision,
  onRevision,
  onObject,
}: {
  cluster: ClusterResponse;
  revision: string | null;
  onRevision: (revision: string | undefined) => void;
  onObject: (key: string) => void;
}) {
  const explain = useQuery({ ...queries.explain(cluster.name, revision ?? ''), enabled: revision !== null });
  const [text, setText] = useState('');
  const answer = explain.data;
  return (
    <Panel
      flush
      title={
        <>
          {answer?.at ? 'At ' : 'Why not at '}
          {revision === null ? 'a revision' : <Revision value={revision} copy />}
          {answer?.at ? '' : '?'}
        </>
      }
      actions={
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const asked = text.trim();
            if (asked.length >= revisionLengthMin || asked === '') onRevision(asked || undefined);
          }}
        >
          <TextInput
            size="xs"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            placeholder="another commit"
            aria-label="Ask about another revision"
            minLength={revisionLengthMin}
            style={{ width: 130 }}
            classNames={{ input: 'mono' }}
          />
        </form>
      }
    >
      {revision === null ? (
        <Empty title="The head of the fleet repo is not known yet">Ask about a commit by its id, at least {revisionLengthMin} characters.</Empty>
      ) : explain.isPending ? (
        <Loading rows={2} />
      ) : explain.isError ? (
        <Failure what="The explanation" error={explain.error} retry={() => void explain.refetch()} />
      ) : answer?.at && answer.reasons.length === 0 ? (
        <div style={{ padding: '12px 14px' }}>
          <StateMark tone="ready" word={`Every workload is at ${shortRevision(answer.revision)}`} />
          {answer.since ? (
            <span className="dim">
              {' '}
              since <When at={answer.since} />
            </span>
          ) : null}
        </div>
      ) : (
        <ol className="reasons">
          {answer?.reasons.map((reason, index) => (
            <li key={`${reason.code}-${index}`}>
              <div style={{ minWidth: 0 }}>
                <div className="break" style={{ fontWeight: 500 }}>
                  {reason.message}
                </div>
                <div className="row dim" style={{ fontSize: '0.75rem', gap: 6 }}>
                  {reason.object ? (
                    <button
                      type="button"
                      onClick={() => reason.object && onObject(`${reason.object.kind}/${reason.object.namespace}/${reason.object.name}`)}
                      style={{ all: 'unset', cursor: 'pointer', textDecoration: 'underline', textUnderlineOffset: 2 }}
                    >
                      {reason.object.kind} {reason.object.namespace}/{reason.object.name}
                    </button>
                  ) : null}
                  {reason.stage ? (
                    <span className="stages">
                      <span className="at">{reason.stage}</span>
                    </span>
                  ) : null}
                  <span className="mono">{reason.code}</span>
                </div>
                <div className="remedy">
                  <IconArrowRight size={14} aria-hidden />
                  <span className="break">{reason.remedy}</span>
                </div>
              </div>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
