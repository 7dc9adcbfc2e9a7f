import {
  DirectoryIdentityStore,
  errorText,
  HttpsKubeApi,
  kubeconfigCredentials,
  mountedCredentials,
  runAgent,
  SecretIdentityStore,
} from '@flotilla/agent-runtime';
import { agentEnvironment, readAgentConfig } from './agent.config.js';
import { jsonLogger } from './json-logger.js';

/** Version of this agent, as it tells the hub. */
const agentVersion = '0.1.0';

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    process.stdout.write(`flotilla-agent: reports the Flux objects of this cluster to the hub and carries out its commands\n\n`);
    for (const [name, field] of Object.entries(agentEnvironment.shape)) process.stdout.write(`  ${name.padEnd(28)} ${field.description ?? ''}\n`);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  try {
    const config = await readAgentConfig();
    const api = new HttpsKubeApi(
      'kubeconfig' in config.kube ? await kubeconfigCredentials(config.kube.kubeconfig) : await mountedCredentials(config.kube.server),
    );
    const identityStore = config.identityWritable
      ? new DirectoryIdentityStore(config.identityDirectory)
      : new SecretIdentityStore(api, config.identityDirectory, stop.signal);
    const { hubUrl, hubCa, joinToken, readOnly, clusterId: expectedClusterId } = config;
    await runAgent({ hubUrl, hubCa, joinToken, readOnly, expectedClusterId, agentVersion, api, identityStore, log: jsonLogger }, stop.signal);
    return 0;
  } catch (error) {
    jsonLogger.error('the agent stops', { error: errorText(error) });
    return 1;
  }
}

process.exit(await main());
