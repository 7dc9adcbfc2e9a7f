import { cruise } from 'dependency-cruiser';
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';

const folder = 'libs/contracts/src/canary';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// Rules over imports that do not resolve pass in silence: this canary fails when workspace imports stop being seen.
it('refuses a forbidden import between workspaces', async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/canary.ts`, `import { matches } from '@flotilla/domain';\nexport const seen = matches;\n`);
  const config = await extractConfig('./.dependency-cruiser.cjs');
  const result = await cruise([folder], { ...config.options, ruleSet: { forbidden: config.forbidden ?? [] }, validate: true });
  const output = typeof result.output === 'string' ? null : result.output;
  expect(output?.summary.violations.map((violation) => violation.rule.name)).toContain('contracts-imports-nothing');
}, 60_000);
