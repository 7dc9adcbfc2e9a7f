import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { agentManifest, agentNames, agentRbac, clusterRules, renderAgentFile, renderJoinManifest } from './index.js';

const options = { image: 'flotilla-agent:1', readOnly: false };

describe('agent manifest', () => {
  it('may patch Flux objects only with the admission policy beside it', () => {
    const kinds = agentManifest(options).map((object) => object.kind);
    expect(kinds).toContain('ValidatingAdmissionPolicy');
    expect(kinds).toContain('ValidatingAdmissionPolicyBinding');
  });

  it('has no right to change a Flux object when read-only', () => {
    const rules = clusterRules(true);
    expect(rules.flatMap((rule) => rule.verbs).filter((verb) => !['get', 'list', 'watch'].includes(verb))).toEqual([]);
    expect(agentManifest({ ...options, readOnly: true }).map((object) => object.kind)).not.toContain('ValidatingAdmissionPolicy');
  });

  it('names every resource and grants nothing on Secrets but the patch of its identity', () => {
    const rules = agentRbac(false).flatMap((object) => (Array.isArray(object['rules']) ? (object['rules'] as ReturnType<typeof clusterRules>) : []));
    expect(rules.flatMap((rule) => [...rule.verbs, ...rule.resources, ...rule.apiGroups])).not.toContain('*');
    expect(rules.filter((rule) => rule.resources.includes('secrets'))).toEqual([
      { apiGroups: [''], resources: ['secrets'], resourceNames: [agentNames.identitySecret], verbs: ['patch'] },
    ]);
  });

  it('keeps the token out of the file that goes to Git', () => {
    expect(renderAgentFile(options)).not.toContain('stringData');
    const joined = parseAllDocuments(renderJoinManifest(options, { hubUrl: 'https://hub', token: 'one-use', commandKeys: { keys: [] } })).map(
      (document) => document.toJS() as Record<string, unknown>,
    );
    const secret = joined.find((object) => object['kind'] === 'Secret' && (object['metadata'] as { name: string }).name === agentNames.joinSecret);
    expect(secret?.['stringData']).toEqual({ hubUrl: 'https://hub', token: 'one-use', commandKeys: '{"keys":[]}' });
    expect(joined[0]?.['kind']).toBe('Namespace');
  });
});
