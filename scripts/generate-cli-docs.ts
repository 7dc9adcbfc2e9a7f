/** Writes docs/reference/cli.md from the commands (`--check`: compares and exits 1 on a difference). */
import { renderCliReference } from '@flotilla/cli/reference';
import { writeOrCheck } from './generated-file.ts';

const target = 'docs/reference/cli.md';
const text = await renderCliReference();
writeOrCheck(target, text, 'npm run docs:cli');
