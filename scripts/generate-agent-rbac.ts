/** Writes docs/reference/agent-rbac.md from the rules that the agent's manifest carries (`--check`: compares and exits 1 on a difference). */
import { renderAgentRbacReference } from '@flotilla/domain';
import { writeOrCheck } from './generated-file.ts';

const target = 'docs/reference/agent-rbac.md';
const text = renderAgentRbacReference();
writeOrCheck(target, text, 'npm run docs:rbac');
