import { admissionValidations } from './admission-policy.js';
import { agentNames, fluxNamespace } from './agent-names.js';
import { clusterRules, fluxNamespaceRules, ownNamespaceRules, type RbacRule } from './agent-rbac.js';

function table(rules: readonly RbacRule[]): string {
  const rows = rules.map((rule) => {
    const names = rule.resourceNames ? ` (only ${rule.resourceNames.map((name) => `\`${name}\``).join(', ')})` : '';
    return `| ${rule.apiGroups.map((group) => `\`${group === '' ? 'core' : group}\``).join(', ')} | ${rule.resources.join(', ')}${names} | ${rule.verbs.join(', ')} |`;
  });
  return ['| API group | resources | verbs |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The text of `docs/reference/agent-rbac.md`, made from the rules the manifest carries. */
export function renderAgentRbacReference(): string {
  return `# What the agent may do

Generated from \`libs/domain/src/agent-manifest\`; \`scripts/generate-agent-rbac.ts\` writes it.

The agent runs as ServiceAccount \`${agentNames.serviceAccount}\` in namespace \`${agentNames.namespace}\`. Beyond what every authenticated user may do (discovery, reviews of its own access),
it has the rights below and no others. It cannot read a Secret through the API: its key and its join Secret reach it as mounted volumes.

## In the whole cluster

${table(clusterRules(false))}

A read-only join (\`?readOnly=true\`) lacks every \`patch\` row of this table; what is left is:

${table(clusterRules(true))}

## In namespace \`${fluxNamespace}\`

${table(fluxNamespaceRules)}

## In namespace \`${agentNames.namespace}\`

${table(ownNamespaceRules)}

This one is also part of a read-only join: without it a restarted agent would have lost its key.

## What a patch may change

A ValidatingAdmissionPolicy named \`${agentNames.role}\` refuses every change by this ServiceAccount to an object of the Flux and Flagger groups but these: the annotation \`reconcile.fluxcd.io/requestedAt\`
set; \`spec.suspend\` of anything but the root; \`spec.ref.commit\` of a GitRepository that carries the label \`flotilla.dev/controlled\` and follows a branch. Its refusals:

${admissionValidations.map(({ message }) => `- ${message}`).join('\n')}
`;
}
