import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOutput } from './command.js';
import { downloadModule, goBuild } from './go-module.js';
import { FLUX_MODULE, FLUX_VERSION } from './programs.js';

/** Copies a read-only folder of the module cache so that the copy can be changed. */
async function copyWritable(from: string, to: string): Promise<void> {
  cpSync(from, to, { recursive: true });
  await commandOutput('chmod', ['-R', 'u+w', to]);
}

/**
 * Builds one controller's manifests as its release does: `<name>.crds.yaml` and `<name>.deployment.yaml` of a release are
 * the builds of `config/crd` and `config/manager` in the controller's own module.
 */
async function renderController(go: string, kubectl: string, base: string, name: string): Promise<string> {
  const path = join(base, 'kustomization.yaml');
  const kustomization = readFileSync(path, 'utf8');
  const version = /releases\/download\/([^/]+)\//.exec(kustomization)?.[1];
  if (version === undefined) throw new Error(`${path} names no release of ${name}`);
  const major = /^v([2-9]\d*)\./.exec(version)?.[1];
  const upstream = await downloadModule(go, `github.com/fluxcd/${name}${major === undefined ? '' : `/v${major}`}`, version);
  await copyWritable(join(upstream.folder, 'config'), join(base, 'upstream'));
  writeFileSync(path, kustomization.replace(/- https:\/\/.*crds\.yaml/g, '- upstream/crd').replace(/- https:\/\/.*deployment\.yaml/g, '- upstream/manager'));
  return commandOutput(kubectl, ['kustomize', base]);
}

/** Components that `flux install` deploys by default: without one of them the CLI would be of no use. */
const NEEDED: readonly string[] = ['source-controller', 'kustomize-controller', 'helm-controller', 'notification-controller'];

/**
 * Builds the real flux CLI into `folder`. Its main package embeds manifests that are generated at release time and are not
 * in the module, so they are generated here, with the rig's own kubectl, from the same sources.
 */
export async function buildFluxCli(go: string, kubectl: string, folder: string, say: (line: string) => void): Promise<void> {
  const flux = await downloadModule(go, FLUX_MODULE, FLUX_VERSION);
  const work = mkdtempSync(join(tmpdir(), 'flotilla-rig-flux-'));
  try {
    const source = join(work, 'src');
    await copyWritable(flux.folder, source);
    const embedded = join(source, 'cmd', 'flux', 'manifests');
    mkdirSync(embedded, { recursive: true });
    const bases = join(source, 'manifests', 'bases');
    for (const name of readdirSync(bases)) {
      if (!existsSync(join(bases, name, 'kustomization.yaml'))) continue;
      try {
        writeFileSync(join(embedded, `${name}.yaml`), await renderController(go, kubectl, join(bases, name), name));
      } catch (error) {
        if (NEEDED.includes(name)) throw error;
        say(`flux: optional component ${name} is left out: ${(error as Error).message.split('\n')[0]}`);
      }
    }
    for (const part of ['rbac', 'policies']) {
      writeFileSync(join(embedded, `${part}.yaml`), await commandOutput(kubectl, ['kustomize', join(source, 'manifests', part)]));
    }
    await goBuild({ go, folder: source, main: './cmd/flux', output: join(folder, 'flux'), stamps: { 'main.VERSION': FLUX_VERSION.slice(1) } });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
