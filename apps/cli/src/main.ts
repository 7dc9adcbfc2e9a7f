#!/usr/bin/env node
import { readCliConfig } from './cli.config.js';
import { processContext } from './context.js';
import { runCli } from './program.js';

// a reader that goes away (`flotilla get all | head`) is no error
process.stdout.on('error', () => process.exit(0));
process.exitCode = await runCli(process.argv.slice(2), processContext(readCliConfig()));
