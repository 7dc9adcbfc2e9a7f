import type { ClusterResponse } from '@flotilla/contracts';
import { Button, Checkbox, CopyButton, Select } from '@mantine/core';
import { IconCheck, IconCopy, IconKey } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { hub } from '../../api/hub.js';
import { Problem } from '../../ui/Problem.js';
import { useUtc } from '../../ui/clock.js';
import { absoluteText } from '../../ui/time-text.js';
import { Steps, type StepView } from './Steps.js';

const lifetimes = [
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '7 days' },
];

/** Joining by one manifest: makes a one-use token bound to the cluster, shows the command once, and follows what the agent does. */
export function JoinPanel({ cluster }: { cluster: ClusterResponse }) {
  const [utc] = useUtc();
  const [readOnly, setReadOnly] = useState(false);
  const [lifetime, setLifetime] = useState('3600');
  const make = useMutation({ mutationFn: () => hub.clusters.createJoinToken(cluster.name, { ttlSeconds: Number(lifetime), readOnly }) });
  const joined = cluster.agent !== null;
  const reported = joined && cluster.agent?.lastReceivedAt !== null;
  const steps: StepView[] = [
    {
      name: 'registered',
      state: 'succeeded',
      detail: `cluster ${cluster.name}`,
      remedy: null,
      startedAt: null,
      finishedAt: cluster.createdAt,
      code: null,
      attempts: 1,
    },
    {
      name: 'join manifest applied',
      state: joined ? 'succeeded' : make.data ? 'running' : 'pending',
      startedAt: null,
      finishedAt: null,
      code: null,
      attempts: 0,
      remedy: null,
      detail: joined
        ? `agent ${cluster.agent?.version ?? ''}, key generation ${cluster.agent?.incarnation ?? ''}`
        : make.data
          ? 'waiting for the agent to enrol with its token'
          : 'make the command, then run it against the cluster',
    },
    {
      name: 'first snapshot',
      state: reported ? 'succeeded' : joined ? 'running' : 'pending',
      startedAt: null,
      finishedAt: cluster.agent?.lastReceivedAt ?? null,
      code: null,
      attempts: 0,
      remedy: null,
      detail: reported ? `${cluster.counts.objects} Flux objects` : 'the agent lists the Flux objects and sends them',
    },
  ];
  return (
    <div className="stack">
      <Steps steps={steps} />
      {joined ? null : (
        <div className="stack" style={{ padding: '0 14px 14px' }}>
          <div className="row" style={{ alignItems: 'flex-end' }}>
            <Select
              label="The token is valid for"
              size="xs"
              data={lifetimes}
              value={lifetime}
              onChange={(value) => setLifetime(value ?? '3600')}
              allowDeselect={false}
              style={{ width: 160 }}
            />
            <Checkbox
              label="Read-only: the agent gets no right to change anything"
              checked={readOnly}
              onChange={(event) => setReadOnly(event.currentTarget.checked)}
              size="xs"
              style={{ paddingBottom: 7 }}
            />
          </div>
          <div>
            <Button leftSection={<IconKey size={14} />} loading={make.isPending} onClick={() => make.mutate()} variant={make.data ? 'default' : 'filled'}>
              {make.data ? 'Make another' : 'Make the join command'}
            </Button>
          </div>
          {make.isError ? <Problem error={make.error} /> : null}
          {make.data ? (
            <div>
              <div className="spread" style={{ marginBottom: 4 }}>
                <span>Run this where kubectl reaches the cluster. It is shown once; the token is spent when the agent enrols.</span>
                <CopyButton value={make.data.command}>
                  {({ copied, copy }) => (
                    <Button variant="default" size="compact-xs" leftSection={copied ? <IconCheck size={13} /> : <IconCopy size={13} />} onClick={copy}>
                      {copied ? 'Copied' : 'Copy'}
                    </Button>
                  )}
                </CopyButton>
              </div>
              <pre className="code">{make.data.command}</pre>
              <span className="dim" style={{ fontSize: '0.78rem' }}>
                Valid until {absoluteText(make.data.expiresAt, utc)}. The manifest alone: <span className="mono break">{make.data.manifestUrl}</span>
              </span>
            </div>
          ) : null}
        </div>
      )}
    </div>
  );
}
