import { coreKinds, type KubeApi } from '../kube/kube-api.js';
import { pause } from '../pause.js';
import { readIdentityDirectory } from './directory-identity-store.js';
import type { IdentityParts, IdentityStore } from './identity-store.js';

export const identitySecret = { namespace: 'flotilla-system', name: 'flotilla-agent-identity' } as const;
const fieldManager = 'flotilla-agent';
/** The kubelet refreshes a mounted Secret within its sync period plus its cache's life: two minutes at most by default. */
const mountTimeoutMs = 5 * 60_000;
const mountPollMs = 1_000;

/**
 * Keeps an identity in the pre-created Secret `flotilla-agent-identity`. The agent may only patch that one name: it writes by server-side apply
 * and reads what the kubelet mounted.
 */
export class SecretIdentityStore implements IdentityStore {
  constructor(
    private readonly api: KubeApi,
    private readonly mount: string,
    private readonly signal: AbortSignal,
    private readonly timing: { pollMs: number; timeoutMs: number } = { pollMs: mountPollMs, timeoutMs: mountTimeoutMs },
  ) {}

  read(): Promise<IdentityParts> {
    return readIdentityDirectory(this.mount);
  }

  async write(parts: IdentityParts): Promise<void> {
    const data = Object.fromEntries(Object.entries(parts).map(([part, text]) => [part, Buffer.from(text, 'utf8').toString('base64')]));
    // forced: this manager is the only author of the content, and an earlier one may have used another name
    await this.api.apply(coreKinds.secrets, { apiVersion: 'v1', kind: 'Secret', metadata: identitySecret, data }, { fieldManager, force: true });
  }

  async writeDurably(parts: IdentityParts): Promise<void> {
    await this.write(parts);
    const deadline = Date.now() + this.timing.timeoutMs;
    while (!this.signal.aborted) {
      const seen = await this.read();
      if (Object.entries(parts).every(([part, text]) => seen[part as keyof IdentityParts] === text)) return;
      if (Date.now() > deadline)
        throw new Error(`the mount ${this.mount} does not show the identity that was written to the Secret; is ${identitySecret.name} mounted there?`);
      await pause(this.timing.pollMs, this.signal);
    }
  }
}
