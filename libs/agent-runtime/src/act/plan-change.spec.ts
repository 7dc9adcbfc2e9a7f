import { describe, expect, it } from 'vitest';
import type { CommandArguments } from '@flotilla/contracts/agent';
import type { KubeObject, ManagedFields } from '../kube/kube-api.js';
import { planChange } from './plan-change.js';

const old = 'a'.repeat(40);
const wanted = 'b'.repeat(40);
const field = (manager: string, fieldsV1: Record<string, unknown>, operation = 'Apply'): ManagedFields => ({ manager, operation, fieldsV1 });
const commitField = { 'f:spec': { 'f:ref': { 'f:commit': {} } } };
const suspendField = { 'f:spec': { 'f:suspend': {} } };
const byGit = field('kustomize-controller', { 'f:spec': { 'f:url': {}, 'f:ref': { 'f:branch': {} } } });

function aSource(
  change: { name?: string; kind?: string; spec?: Record<string, unknown>; labels?: Record<string, string>; managed?: ManagedFields[] } = {},
): KubeObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: change.kind ?? 'GitRepository',
    metadata: {
      name: change.name ?? 'fleet',
      namespace: 'flux-system',
      uid: 'u1',
      resourceVersion: '7',
      labels: change.labels ?? { 'flotilla.dev/controlled': 'true' },
      managedFields: change.managed ?? [byGit],
    },
    spec: change.spec ?? { ref: { branch: 'main' } },
  };
}

const object = { kind: 'GitRepository', namespace: 'flux-system', name: 'fleet' };
const pin: CommandArguments = { type: 'pin', object, commit: wanted };
const release: CommandArguments = { type: 'release', object };
const suspend: CommandArguments = { type: 'suspend', object };
const resume: CommandArguments = { type: 'resume', object };
const reconcile: CommandArguments = { type: 'reconcile', object, requestedAt: 'now', withSource: false };
const pinned = { spec: { ref: { branch: 'main', commit: old } }, managed: [byGit, field('flotilla-pin', commitField)] };

describe('planChange', () => {
  it.each<[string, CommandArguments, KubeObject, object]>([
    ['pins a controlled source', pin, aSource(), { do: 'apply', fieldManager: 'flotilla-pin', spec: { ref: { commit: wanted } } }],
    ['moves a pin', pin, aSource(pinned), { do: 'apply', spec: { ref: { commit: wanted } } }],
    ['has nothing to pin twice', { ...pin, commit: old }, aSource(pinned), { do: 'nothing' }],
    ['pins no source without the label', pin, aSource({ labels: {} }), { do: 'refuse' }],
    ['pins no source that follows no branch', pin, aSource({ spec: { ref: { tag: 'v1' } } }), { do: 'refuse' }],
    ['pins no root', pin, aSource({ name: 'flux-system' }), { do: 'refuse' }],
    ['pins nothing but Git', pin, aSource({ kind: 'OCIRepository' }), { do: 'refuse' }],
    ['pins no source whose commit Git declares', pin, aSource({ ...pinned, managed: [field('kustomize-controller', commitField)] }), { do: 'refuse' }],
    ['releases its own pin without naming the field', release, aSource(pinned), { do: 'apply', fieldManager: 'flotilla-pin', spec: undefined }],
    ['releases no commit of others', release, aSource({ ...pinned, managed: [field('kustomize-controller', commitField)] }), { do: 'nothing' }],
    ['suspends', suspend, aSource(), { do: 'apply', fieldManager: 'flotilla-suspend', spec: { suspend: true } }],
    ['suspends no root', suspend, aSource({ name: 'flux-system' }), { do: 'refuse' }],
    [
      'suspends nothing where Git declares the field',
      suspend,
      aSource({ spec: { suspend: false }, managed: [field('kustomize-controller', suspendField)] }),
      { do: 'refuse' },
    ],
    ['has nothing to suspend twice', suspend, aSource({ spec: { suspend: true }, managed: [field('flotilla-suspend', suspendField)] }), { do: 'nothing' }],
    [
      'resumes its own suspension by giving the field up',
      resume,
      aSource({ spec: { suspend: true }, managed: [field('flotilla-suspend', suspendField)] }),
      { do: 'apply', fieldManager: 'flotilla-suspend', spec: undefined },
    ],
    [
      'resumes a suspension by hand, if nobody changed it meanwhile',
      resume,
      aSource({ spec: { suspend: true }, managed: [field('flux', suspendField, 'Update')] }),
      { do: 'merge', patch: { metadata: { uid: 'u1', resourceVersion: '7' }, spec: { suspend: null } } },
    ],
    [
      'resumes nothing where Git declares the field',
      resume,
      aSource({ spec: { suspend: true }, managed: [field('kustomize-controller', suspendField)] }),
      { do: 'refuse' },
    ],
    [
      'resumes nothing that bootstrap declares',
      resume,
      aSource({ spec: { suspend: true }, managed: [field('flux', suspendField, 'Apply')] }),
      { do: 'refuse' },
    ],
    ['has nothing to resume', resume, aSource(), { do: 'nothing' }],
    [
      'requests a reconcile as Flux documents it',
      reconcile,
      aSource(),
      { do: 'merge', fieldManager: 'flux-client-side-apply', patch: { metadata: { uid: 'u1', annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } } } },
    ],
    ['reconciles nothing suspended', reconcile, aSource({ spec: { suspend: true } }), { do: 'refuse' }],
  ])('%s', (_title, command, given, expected) => {
    expect(planChange(command, {}, given)).toMatchObject(expected);
  });

  it.each<[string, Parameters<typeof planChange>[1], KubeObject, string]>([
    ['another object of the same name', { uid: 'u0' }, aSource(), 'refuse'],
    ['a commit the issuer did not see', { commit: null }, aSource(pinned), 'refuse'],
    ['no commit where the issuer saw one', { commit: old }, aSource(), 'refuse'],
    ['what the issuer saw', { uid: 'u1', commit: old }, aSource(pinned), 'apply'],
  ])('compares with the precondition: %s', (_title, precondition, given, expected) => {
    expect(planChange(pin, precondition, given).do).toBe(expected);
  });
});
