/** Writes docs/problems.md from the closed lists of codes (`--check`: compares and exits 1 on a difference). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { renderProblemDocs } from '@flotilla/domain';
import { format, resolveConfig } from 'prettier';

const target = 'docs/problems.md';
const text = await format(renderProblemDocs(), { ...(await resolveConfig(target)), filepath: target });
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
  console.log(`wrote ${target}`);
} else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
  console.error(`${target} is not what libs/contracts says; run npm run docs:problems`);
  process.exit(1);
}
