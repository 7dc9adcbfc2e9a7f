import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconAlertTriangle, IconArrowBackUp, IconGitCommit, IconLayoutGrid, IconMoon, IconPlus, IconSearch, IconServer2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { queries } from '../api/queries.js';
import { shortRevision } from '../ui/revision-text.js';
import { clusterWords } from '../ui/state-words.js';

/** Most entries shown at once. */
const shownMax = 12;

/** ⌘K: any cluster, revision, rollback, alert, page or action. Reads only what pages have in cache, plus what it needs when it opens. */
export function Palette({ opened, onOpenChange, toggleScheme }: { opened: boolean; onOpenChange: (opened: boolean) => void; toggleScheme: () => void }) {
  const router = useRouter();
  const clusters = useQuery({ ...queries.clusters(), enabled: opened });
  const commits = useQuery({ ...queries.revisions(undefined), enabled: opened });
  const rollbacks = useQuery({ ...queries.rollbacks(), enabled: opened });
  const alerts = useQuery({ ...queries.alerts(), enabled: opened });
  const actions: SpotlightActionGroupData[] = opened
    ? [
        {
          group: 'Go to',
          actions: [
            { id: 'go-fleet', label: 'Fleet', leftSection: <IconLayoutGrid size={16} />, onClick: () => void router.navigate({ to: '/' }) },
            { id: 'go-revisions', label: 'Revisions', leftSection: <IconGitCommit size={16} />, onClick: () => void router.navigate({ to: '/revisions' }) },
            { id: 'go-incidents', label: 'Incidents', leftSection: <IconAlertTriangle size={16} />, onClick: () => void router.navigate({ to: '/incidents' }) },
            { id: 'go-rollbacks', label: 'Rollbacks', leftSection: <IconArrowBackUp size={16} />, onClick: () => void router.navigate({ to: '/rollbacks' }) },
          ],
        },
        {
          group: 'Actions',
          actions: [
            { id: 'do-onboard', label: 'Onboard a cluster', leftSection: <IconPlus size={16} />, onClick: () => void router.navigate({ to: '/onboard' }) },
            { id: 'do-scheme', label: 'Switch between light and dark', leftSection: <IconMoon size={16} />, onClick: toggleScheme },
          ],
        },
        {
          group: 'Clusters',
          actions: (clusters.data?.items ?? []).map((cluster) => ({
            id: `cluster-${cluster.id}`,
            label: cluster.name,
            description: `${clusterWords[cluster.state].word}${cluster.revision ? ` at ${shortRevision(cluster.revision)}` : ''}`,
            keywords: Object.entries(cluster.labels).map(([key, value]) => `${key}=${value}`),
            leftSection: <IconServer2 size={16} />,
            onClick: () => void router.navigate({ to: '/clusters/$name', params: { name: cluster.name } }),
          })),
        },
        {
          group: 'Revisions',
          actions: (commits.data?.items ?? []).map((commit) => ({
            id: `commit-${commit.sha}`,
            label: `${commit.sha.slice(0, 7)} ${commit.subject}`,
            description: commit.author,
            keywords: [commit.sha],
            leftSection: <IconGitCommit size={16} />,
            onClick: () => void router.navigate({ to: '/revisions/$sha', params: { sha: commit.sha } }),
          })),
        },
        {
          group: 'Rollbacks',
          actions: (rollbacks.data?.items ?? []).map((rollback) => ({
            id: `rollback-${rollback.id}`,
            label: `Rollback ${rollback.number} to ${shortRevision(rollback.to)}`,
            description: rollback.reason,
            leftSection: <IconArrowBackUp size={16} />,
            onClick: () => void router.navigate({ to: '/rollbacks', search: { id: rollback.id } }),
          })),
        },
        {
          group: 'Alerts',
          actions: (alerts.data?.items ?? [])
            .filter((alert) => alert.state === 'firing')
            .map((alert) => ({
              id: `alert-${alert.id}`,
              label: alert.annotations['summary'] ?? alert.labels['alertname'] ?? alert.fingerprint,
              description: alert.labels['cluster'] ?? '',
              leftSection: <IconAlertTriangle size={16} />,
              onClick: () => void router.navigate({ to: '/incidents', search: { alert: alert.id } }),
            })),
        },
      ].filter((group) => group.actions.length > 0)
    : [];
  return (
    <Spotlight
      actions={actions}
      shortcut={['mod + K']}
      limit={shownMax}
      highlightQuery
      nothingFound="Nothing of that name"
      searchProps={{ placeholder: 'Cluster, revision, rollback, alert, action', 'aria-label': 'Find', leftSection: <IconSearch size={18} /> }}
      onSpotlightOpen={() => onOpenChange(true)}
      onSpotlightClose={() => onOpenChange(false)}
    />
  );
}
