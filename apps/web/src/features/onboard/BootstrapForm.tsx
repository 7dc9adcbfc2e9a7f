import type { ClusterResponse, OperationResponse } from '@flotilla/contracts';
import { Button, Checkbox, FileButton, Select, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconUpload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { hub } from '../../api/hub.js';
import { Problem } from '../../ui/Problem.js';
import { NotPossible } from '../../ui/states.js';

const kubeconfigBytesMax = 256 * 1024;

/** Bootstrapping Flux from the hub: a kubeconfig used once, and how the cluster is to read its repo. Names and defaults are those of `flux bootstrap`. */
export function BootstrapForm({ cluster, onStarted }: { cluster: ClusterResponse; onStarted: (operation: OperationResponse) => void }) {
  const form = useForm({
    initialValues: { kubeconfig: '', authentication: 'ssh', interval: '1m0s', scaffold: true, readWriteKey: false },
    validate: {
      kubeconfig: (value) => (value.trim() === '' ? 'paste or upload one' : value.length > kubeconfigBytesMax ? 'over 256 KiB' : null),
      interval: (value) => (/^(\d+(h|m|s))+$/.test(value) ? null : 'as 1m0s or 10m'),
    },
  });
  const start = useMutation({
    mutationFn: (values: typeof form.values) =>
      hub.clusters.bootstrap(cluster.name, {
        ...values,
        authentication: values.authentication === 'token' ? 'token' : values.authentication === 'none' ? 'none' : 'ssh',
      }),
    onSuccess: (operation) => {
      form.setFieldValue('kubeconfig', '');
      onStarted(operation);
    },
  });
  return (
    <form className="stack" style={{ padding: 14, maxWidth: 640 }} onSubmit={form.onSubmit((values) => start.mutate(values))}>
      <p style={{ margin: 0 }}>
        Writes what <span className="mono">flux bootstrap</span> writes to <span className="mono">{cluster.path ?? 'its path'}</span> of{' '}
        {cluster.fleetRepo?.name ?? 'its fleet repo'}, installs Flux on 1 cluster, <b>{cluster.name}</b>, and lets Flux deliver the agent. Nothing that Flux
        does not own is deleted. To undo it, revert the commits and uninstall Flux.
      </p>
      {cluster.fleetRepo === null ? <NotPossible>This cluster has no fleet repo. Give it one and a path first.</NotPossible> : null}
      <Textarea
        label="Kubeconfig"
        description="Used for this bootstrap only, then wiped. It needs its CA inline and a token or client certificate inline; programs, file paths and skipping TLS checks are refused."
        autosize
        minRows={5}
        maxRows={12}
        required
        spellCheck={false}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('kubeconfig')}
      />
      <div>
        <FileButton onChange={(file) => void file?.text().then((text) => form.setFieldValue('kubeconfig', text))} accept=".yaml,.yml,.conf,.config,*/*">
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconUpload size={14} />}>
              From a file
            </Button>
          )}
        </FileButton>
      </div>
      <div className="row" style={{ alignItems: 'flex-start' }}>
        <Select
          label="The cluster reads the repo by"
          size="xs"
          allowDeselect={false}
          data={[
            { value: 'ssh', label: 'a deploy key of its own (ssh)' },
            { value: 'token', label: 'a token over https' },
            { value: 'none', label: 'no credentials (public)' },
          ]}
          {...form.getInputProps('authentication')}
          style={{ flex: '1 1 220px' }}
        />
        <TextInput label="Sync interval" size="xs" {...form.getInputProps('interval')} style={{ flex: '0 1 120px' }} />
      </div>
      <Checkbox
        size="xs"
        label="Scaffold the fleet source, an entry Kustomization and the agent (third commit)"
        {...form.getInputProps('scaffold', { type: 'checkbox' })}
      />
      <Checkbox size="xs" label="The deploy key may write (for image automation)" {...form.getInputProps('readWriteKey', { type: 'checkbox' })} />
      {start.isError ? <Problem error={start.error} /> : null}
      <div>
        <Button type="submit" size="sm" loading={start.isPending} disabled={cluster.fleetRepo === null}>
          Bootstrap Flux
        </Button>
      </div>
    </form>
  );
}
