/** Writes docs/problems.md from the closed lists of codes (`--check`: compares and exits 1 on a difference). */
import { renderProblemDocs } from '@flotilla/domain';
import { format, resolveConfig } from 'prettier';
import { writeOrCheck } from './generated-file.ts';

const target = 'docs/problems.md';
const text = await format(renderProblemDocs(), { ...(await resolveConfig(target)), filepath: target });
writeOrCheck(target, text, 'npm run docs:problems');
