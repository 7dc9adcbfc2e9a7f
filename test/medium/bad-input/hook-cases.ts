import { createHmac, randomUUID } from 'node:crypto';
import { type BadInput, prepared } from './refusal.js';
import type { Scene } from './scene.js';

interface MadeHook {
  id: string;
  key: string;
}
type Provider = 'github' | 'gitea' | 'flux';

/** A hook of the scene. */
export const makeHook = async ({ hub, fleetRepoId, joined }: Scene, provider: Provider): Promise<MadeHook> => {
  const owner = provider === 'flux' ? { clusterId: joined.id } : { fleetRepoId };
  return (
    await hub
      .admin()
      .post('/api/v1/hooks')
      .send({ provider, ...owner })
      .expect(201)
  ).body as MadeHook;
};
const sign = (key: string, body: string): string => createHmac('sha256', key).update(body).digest('hex');
export const push = (): string => JSON.stringify({ ref: 'refs/heads/main', after: randomUUID() });
export const signatureOf: Readonly<Record<Provider, (key: string, body: string) => Record<string, string>>> = {
  github: (key, body) => ({ 'x-hub-signature-256': `sha256=${sign(key, body)}`, 'x-github-event': 'push' }),
  gitea: (key, body) => ({ 'x-gitea-signature': sign(key, body), 'x-gitea-event': 'push' }),
  flux: (key, body) => ({ 'x-signature': `sha256=${sign(key, body)}` }),
};
export const deliver = ({ hub }: Scene, provider: Provider, id: string, headers: Record<string, string>, body: string) =>
  hub.anonymous().post(`/hooks/${provider}/${id}`).set('content-type', 'application/json').set(headers).send(body);
const eventAt = (time: number): string =>
  JSON.stringify({
    involvedObject: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' },
    reason: 'HealthCheckFailed',
    message: randomUUID(),
    timestamp: new Date(time).toISOString(),
  });
const hourMs = 3_600_000;

export const replayedHooks: BadInput[] = [
  ...(['github', 'gitea'] as const).map((provider) =>
    prepared(`a push of ${provider} a second time`, 'hook-replayed', /push again, or refresh the fleet repo/, async (scene) => {
      const [hook, body] = [await makeHook(scene, provider), push()];
      const send = () => deliver(scene, provider, hook.id, signatureOf[provider](hook.key, body), body);
      await send().expect(202);
      return send;
    }),
  ),
  ...([-hourMs, hourMs] as const).map((offset) =>
    prepared(`an event of Flux from ${offset < 0 ? 'an hour ago' : 'the future'}`, 'hook-stale', /check the clock/, async (scene) => {
      const [hook, body] = [await makeHook(scene, 'flux'), eventAt(Date.now() + offset)];
      return () => deliver(scene, 'flux', hook.id, signatureOf.flux(hook.key, body), body);
    }),
  ),
];

const checkKey = /(check the URL|same key)/;
export const badSignatures: BadInput[] = [
  ...(['github', 'gitea', 'flux'] as const).map((provider) =>
    prepared(`${provider} by another key`, 'hook-signature-invalid', checkKey, async (scene) => {
      const [hook, body] = [await makeHook(scene, provider), provider === 'flux' ? eventAt(Date.now()) : push()];
      return () => deliver(scene, provider, hook.id, signatureOf[provider]('another key', body), body);
    }),
  ),
  prepared('no signature', 'hook-signature-invalid', checkKey, async (scene) => {
    const hook = await makeHook(scene, 'github');
    return () => deliver(scene, 'github', hook.id, { 'x-github-event': 'push' }, push());
  }),
  prepared('the signature of another body', 'hook-signature-invalid', checkKey, async (scene) => {
    const hook = await makeHook(scene, 'github');
    return () => deliver(scene, 'github', hook.id, signatureOf.github(hook.key, push()), push());
  }),
  prepared('a hook that is not there', 'hook-signature-invalid', checkKey, async (scene) => {
    const body = push();
    return () => deliver(scene, 'github', randomUUID(), signatureOf.github('any key', body), body);
  }),
];
