import { describe, expect, it } from 'vitest';
import { fluxCreateCases, valuesContent, valuesFile } from '../../../../test/support/cli/flux-create-cases.js';
import { flotilla } from '../../../../test/support/cli/run-flotilla.js';

describe('create … --export', () => {
  it.each(fluxCreateCases)('$name', async ({ name, args }) => {
    const { code, stdout, stderr } = await flotilla(undefined, ['create', ...args, '--export'], { files: { [valuesFile]: valuesContent } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot(`../../../../test/golden/flux-create/${name}.yaml`);
  });

  it('reads switches as flux does: --x, --x=true, --x=false', async () => {
    const export_ = async (...flags: string[]) => (await flotilla(undefined, ['create', 'ks', 'apps', '--source=apps', '--export', ...flags])).stdout;
    const pruning = await export_('--prune');
    expect(pruning).toContain('prune: true');
    expect(await export_('--prune=true')).toBe(pruning);
    expect(await export_('--prune=false')).toBe(await export_());
  });

  it('exits 2 and names the flag that is missing or wrong', async () => {
    const noUrl = await flotilla(undefined, ['create', 'source', 'git', 'podinfo', '--branch=main', '--export']);
    expect(noUrl).toMatchObject({ code: 2, stdout: '' });
    expect(noUrl.stderr).toContain('--url: is required');
    expect((await flotilla(undefined, ['create', 'source', 'git', 'podinfo', '--url=https://x/y', '--branch=main'])).stderr).toContain(
      '--export (print the YAML) and --cluster NAME',
    );
    expect((await flotilla(undefined, ['create', 'hr', 'podinfo', '--chart-ref=HelmChart/x', '--values=none.yaml', '--export'])).stderr).toContain(
      '--values none.yaml cannot be read',
    );
  });
});
