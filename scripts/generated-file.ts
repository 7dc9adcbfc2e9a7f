import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Writes a generated file; with `--check` on the command line compares instead and ends with exit code 1 on a difference. `command` makes it anew. */
export function writeOrCheck(target: string, text: string, command: string): void {
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text);
    console.log(`wrote ${target}`);
  } else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error(`${target} is not what it is generated from; run ${command}`);
    process.exit(1);
  }
}
