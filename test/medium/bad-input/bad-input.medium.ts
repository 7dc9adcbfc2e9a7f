import { problems, type ProblemCode } from '@flotilla/contracts';
import { problemDocsPath } from '@flotilla/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeAgent } from '../../support/fake-agent.js';
import { assertionOf } from '../../support/agent-key.js';
import { carry, fleet, type Joined, lateAndRepeatedCommands } from './command-cases.js';
import { at, badPaths, hugeBodies, metadataUrls, register, unknownRevisions, unreachableGit } from './git-cases.js';
import { badSignatures, deliver, makeHook, push, replayedHooks, signatureOf } from './hook-cases.js';
import { kubeconfig, kubeconfigsWithFiles, kubeconfigsWithPrograms, wrongKubeconfigs } from './kubeconfig-cases.js';
import type { BadInput } from './refusal.js';
import { Scene, secretWord } from './scene.js';
import { malformedFrames, wrongAssertions } from './stream-cases.js';
import { expiredTokens, usedTokens, wrongTokens } from './token-cases.js';
import type { Written } from './written.js';

let scene: Scene;
let virtual: Joined;
let problemPage: string;

/** Every kind of bad input, by the words it is known under. */
const kinds: Readonly<Record<string, BadInput[]>> = {
  'wrong token': [...wrongTokens, ...wrongAssertions],
  'used token': usedTokens,
  'expired token': expiredTokens,
  'wrong kubeconfig': wrongKubeconfigs,
  'kubeconfig with exec': kubeconfigsWithPrograms,
  'kubeconfig with file paths': kubeconfigsWithFiles,
  'Git URL at a metadata address': metadataUrls,
  'unreachable Git': unreachableGit,
  'path outside the repo or overlapping another cluster’s': badPaths,
  'unknown revision': unknownRevisions,
  'late or repeated command': lateAndRepeatedCommands(() => virtual),
  'malformed frame': malformedFrames,
  '10 MB body': hugeBodies,
  'replayed hook': replayedHooks,
  'bad HMAC': badSignatures,
};

beforeAll(async () => {
  scene = await Scene.start();
  virtual = await scene.startVirtualCluster();
  problemPage = (await scene.hub.anonymous().get(problemDocsPath).expect(200).expect('content-type', /html/)).text;
  // what the hub makes at first use is made before anything is compared
  (await FakeAgent.connect(scene.hub.url, scene.joined.id, { assertion: await assertionOf(scene.key, scene.joined.id, { audience: scene.hub.url }) })).close();
});
afterAll(() => scene.close());

/** All that could have been written: the hub's tables, the fleet repo, the objects of the cluster. */
const everything = async (): Promise<Written> => ({ ...(await scene.written()), cluster: virtual.virtual.api.save() });

describe.each(Object.entries(kinds))('%s', (_kind, cases) => {
  it.each(cases)('$title is answered with $code and what to do, and writes nothing', async ({ code, says, prepare }) => {
    const send = await prepare(scene);
    await scene.settled();
    const before = await everything();
    const refusal = await send();
    expect(refusal.sentence).toMatch(says);
    expect(refusal.code).toBe(code);
    expect(refusal.text).not.toContain(secretWord);
    if (refusal.http) {
      const { status, contentType, problem, requestId } = refusal.http;
      const known = problems[code as ProblemCode];
      expect(status).toBe(known.status);
      expect(contentType).toMatch(/^application\/problem\+json/);
      expect(problem).toMatchObject({ ...known, type: `${problemDocsPath}#${code}`, requestId });
      expect(problemPage).toContain(`<section id="${code}">`);
    }
    expect(await everything()).toEqual(before);
  });
});

/** The same without the fault: it is taken, and what it writes is seen. */
const controls: [string, (scene: Scene) => Promise<unknown>, string[]][] = [
  [
    'a good kubeconfig',
    ({ hub, registered }) => hub.admin().post(`/api/v1/clusters/${registered.id}/bootstrap`).send({ kubeconfig: kubeconfig() }).expect(202),
    ['public.audit_entry', 'public.operation', 'public.operation_step', 'public.outbox_row', 'public.secret'],
  ],
  ['a repository that is there', async (to) => expect((await register(to, to.repository.url)).status).toBe(201), ['public.audit_entry', 'public.fleet_repo']],
  ['a path of its own', async (on) => expect((await at(on, 'clusters/free')).status).toBe(201), ['public.audit_entry', 'public.cluster']],
  [
    'a hook signed by its key',
    async (to) => {
      const [hook, body] = [await makeHook(to, 'github'), push()];
      await deliver(to, 'github', hook.id, signatureOf.github(hook.key, body), body).expect(202);
    },
    ['public.hook', 'public.hook_receipt', 'public.outbox_row'],
  ],
  [
    'a command in time',
    async (to) => {
      const { outcome } = await carry(to, virtual, { arguments: { type: 'pin', object: fleet, commit: 'b'.repeat(40) } });
      expect(outcome).toBe('succeeded');
    },
    ['cluster'],
  ],
];

describe('the same without the fault', () => {
  it.each(controls)('%s is taken and written', async (_title, send, expected) => {
    const before = await everything();
    await send(scene);
    const after = await everything();
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(expect.arrayContaining(expected));
  });

  it('is compared over tables, job queues and the fleet repo', async () => {
    const names = Object.keys(await everything());
    expect(names).toEqual(expect.arrayContaining(['public.audit_entry', 'public.command', `refs of ${scene.repository.folder}`]));
    expect(names.filter((name) => name.startsWith('bullmq.')).length).toBeGreaterThan(0);
  });
});
