/** Writes docs/reference/cli.md from the commands (`--check`: compares and exits 1 on a difference). */
import { readFileSync, writeFileSync } from 'node:fs';
import { renderCliReference } from '@flotilla/cli/reference';

const target = 'docs/reference/cli.md';
const text = await renderCliReference();
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
  console.log(`wrote ${target}`);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error(`${target} is not what the commands say; run npm run docs:cli`);
  process.exit(1);
}
