import { dnsLabel, type ClusterResponse } from '@flotilla/contracts';
import { Button, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { hub } from '../../api/hub.js';
import { queries } from '../../api/queries.js';
import { Problem } from '../../ui/Problem.js';
import { parseLabels } from './labels-text.js';

/** Registers a cluster: name, labels, and where in which repo its desired state lives. */
export function CreateClusterForm({ onCreated }: { onCreated: (cluster: ClusterResponse) => void }) {
  const repos = useQuery(queries.fleetRepos());
  const form = useForm({
    initialValues: { name: '', labels: '', fleetRepoId: '', path: '' },
    validateInputOnBlur: true,
    validate: {
      name: (value) => (dnsLabel.safeParse(value).success ? null : 'use 1-63 of a-z, 0-9 and "-", starting and ending with a letter or digit'),
      labels: (value) => parseLabels(value).problem,
    },
  });
  const create = useMutation({
    mutationFn: (values: typeof form.values) => {
      const parsed = parseLabels(values.labels);
      const path = values.path || (values.fleetRepoId ? `clusters/${values.name}` : '');
      return hub.clusters.create({
        name: values.name,
        labels: parsed.labels ?? {},
        ...(values.fleetRepoId ? { fleetRepoId: values.fleetRepoId } : {}),
        ...(path ? { path } : {}),
      });
    },
    onSuccess: onCreated,
  });
  return (
    <form className="stack" style={{ maxWidth: 560 }} onSubmit={form.onSubmit((values) => create.mutate(values))}>
      <TextInput
        label="Name"
        description="As people will say it; it cannot be changed later"
        placeholder="prod-eu-1"
        required
        {...form.getInputProps('name')}
      />
      <TextInput
        label="Labels"
        description="Groups on the map, scopes of roles and rollbacks"
        placeholder="region=eu, ring=1, env=prod"
        {...form.getInputProps('labels')}
      />
      <Select
        label="Fleet repo"
        description={repos.isError ? `Not readable: ${repos.error.message}` : 'The Git repository and branch that hold its desired state'}
        placeholder="none: observe only"
        clearable
        data={(repos.data?.items ?? []).map((repo) => ({ value: repo.id, label: `${repo.name} (${repo.branch})` }))}
        {...form.getInputProps('fleetRepoId')}
        onChange={(value) => form.setFieldValue('fleetRepoId', value ?? '')}
      />
      {form.values.fleetRepoId ? (
        <TextInput
          label="Path"
          description="Its own directory; it must not lie above, below or on that of another cluster"
          placeholder={`clusters/${form.values.name || 'name'}`}
          {...form.getInputProps('path')}
        />
      ) : null}
      {create.isError ? <Problem error={create.error} /> : null}
      <div>
        <Button type="submit" size="sm" loading={create.isPending}>
          Register the cluster
        </Button>
      </div>
    </form>
  );
}
