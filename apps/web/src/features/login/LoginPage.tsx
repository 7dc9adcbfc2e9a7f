import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { hub } from '../../api/hub.js';
import { problemOf } from '../../api/problem.js';

/** Signs in with the local account; leads back to where the person wanted to go. */
export function LoginPage() {
  const { next } = useSearch({ from: '/login' });
  const router = useRouter();
  const client = useQueryClient();
  const form = useForm({ initialValues: { user: '', password: '' } });
  const login = useMutation({
    mutationFn: hub.session.login,
    onSuccess: async () => {
      client.clear();
      // only a path of this console: never another origin
      await router.navigate({ href: next?.startsWith('/') && !next.startsWith('//') ? next : '/' });
    },
  });
  const problem = login.isError ? problemOf(login.error) : null;
  return (
    <main className="login">
      <form onSubmit={form.onSubmit((values) => login.mutate(values))} className="stack">
        <div className="row">
          <img src="/favicon.svg" alt="" width={30} height={30} />
          <h1>Sign in to Flotilla</h1>
        </div>
        <TextInput label="User" autoComplete="username" autoFocus required {...form.getInputProps('user')} />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          {...form.getInputProps('password')}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        />
        {problem ? (
          <div className="notice s-failing" role="alert">
            <IconAlertTriangle size={17} aria-hidden />
            <span>
              <strong>{problem.title}.</strong> {problem.message}
            </span>
          </div>
        ) : null}
        <Button type="submit" size="sm" loading={login.isPending} fullWidth>
          Sign in
        </Button>
        <span className="dim" style={{ fontSize: '0.78rem' }}>
          The first start prints the user and password; they are also in <span className="mono">.flotilla/credentials</span>.
        </span>
      </form>
    </main>
  );
}
