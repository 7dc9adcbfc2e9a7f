import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentConfigError, readAgentConfig } from './agent.config.js';

describe('readAgentConfig', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'agent-config-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('reads hub, token and CA from the mounted join Secret', async () => {
    await writeFile(join(directory, 'hubUrl'), 'https://hub.example/\n');
    await writeFile(join(directory, 'token'), 'once\n');
    await writeFile(join(directory, 'ca'), 'PEM');
    const config = await readAgentConfig({
      FLOTILLA_JOIN_DIR: directory,
      FLOTILLA_IDENTITY_DIR: join(directory, 'absent'),
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
    });
    expect(config).toMatchObject({
      hubUrl: 'https://hub.example',
      joinToken: 'once',
      hubCa: 'PEM',
      identityWritable: false,
      kube: { server: 'https://10.0.0.1:443' },
    });
  });

  it('keeps the identity in a directory it can write', async () => {
    const config = await readAgentConfig({
      FLOTILLA_HUB_URL: 'http://127.0.0.1:1',
      FLOTILLA_AGENT_IDENTITY_DIR: directory,
      FLOTILLA_KUBECONFIG: '/kubeconfig',
    });
    expect(config).toMatchObject({
      identityDirectory: directory,
      identityWritable: true,
      kube: { kubeconfig: '/kubeconfig' },
      joinToken: undefined,
      readOnly: false,
    });
  });

  it.each([
    ['no hub', { FLOTILLA_KUBECONFIG: '/k' }, /FLOTILLA_HUB_URL/],
    ['plain http beyond loopback', { FLOTILLA_HUB_URL: 'http://hub.example', FLOTILLA_KUBECONFIG: '/k' }, /FLOTILLA_HUB_URL: must be https/],
    ['no way to the API', { FLOTILLA_HUB_URL: 'https://hub.example' }, /FLOTILLA_KUBECONFIG/],
    [
      'a token file that is absent',
      { FLOTILLA_HUB_URL: 'https://hub.example', FLOTILLA_KUBECONFIG: '/k', FLOTILLA_JOIN_TOKEN_FILE: '/absent' },
      /FLOTILLA_JOIN_TOKEN_FILE/,
    ],
  ])('names the variable for %s', async (_title, env, message) => {
    await expect(readAgentConfig(env)).rejects.toThrow(AgentConfigError);
    await expect(readAgentConfig(env)).rejects.toThrow(message);
  });
});
