import { errorText } from '@flotilla/agent-runtime';
import { lineLogger } from './line-logger.js';
import { runSimulator } from './simulator.js';
import { readSimulatorConfig, simulatorEnvironment } from './simulator.config.js';

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    process.stdout.write('flotilla-simulator: a fleet of virtual clusters with real agents\n\n');
    for (const [name, field] of Object.entries(simulatorEnvironment.shape)) process.stdout.write(`  ${name.padEnd(24)} ${field.description ?? ''}\n`);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  try {
    await runSimulator(readSimulatorConfig(), lineLogger, stop.signal);
    return 0;
  } catch (error) {
    lineLogger.error('the simulator stops', { error: errorText(error) });
    return 1;
  }
}

process.exit(await main());
