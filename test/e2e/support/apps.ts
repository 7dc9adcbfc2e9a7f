/** A source that follows `main` of a repository with the label that consents to be steered, and the Kustomization that applies `./apps` from it and waits for health, not for long. */
export function appSource(name: string, url: string): string {
  return `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: ${name}
  namespace: flux-system
  labels:
    flotilla.dev/controlled: "true"
spec:
  interval: 5s
  url: ${url}
  ref:
    branch: main
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: ${name}
  namespace: flux-system
spec:
  interval: 1m
  retryInterval: 5m
  path: ./apps
  prune: true
  wait: true
  timeout: 20s
  sourceRef:
    kind: GitRepository
    name: ${name}
`;
}

/** A Deployment whose pods the rig's node takes, told apart by an annotation of its pods. */
export function webDeployment(version: string): string {
  return deployment(version, '');
}

/** The same Deployment with pods that no node can take: it applies, and never becomes healthy. */
export function unschedulableDeployment(version: string): string {
  return deployment(
    version,
    `      nodeSelector:
        example.invalid/absent: "true"
`,
  );
}

/** As {@link unschedulableDeployment}, and says so itself after 10 s: its health check fails then, not at its timeout. */
export function failingDeployment(version: string): string {
  return unschedulableDeployment(version).replace('\nspec:\n', '\nspec:\n  progressDeadlineSeconds: 10\n');
}

/** A ConfigMap beside the Deployment. */
export function webSettings(colour: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: web-settings
  namespace: default
data:
  colour: ${colour}
`;
}

function deployment(version: string, placement: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: default
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
      annotations:
        example.invalid/version: "${version}"
    spec:
${placement}      containers:
        - name: web
          image: example.invalid/web:${version}
`;
}

/** A chart whose one ConfigMap says its `word`, and a HelmRelease of it from the source `apps` that waits for its interval, not for commits. */
export function helmApp(word: string): Record<string, string> {
  return {
    'chart/Chart.yaml': 'apiVersion: v2\nname: word\nversion: 0.1.0\n',
    'chart/values.yaml': 'word: none\n',
    'chart/templates/word.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: word
data:
  word: {{ .Values.word | quote }}
`,
    'apps/values.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: word-values
  namespace: flux-system
data:
  values.yaml: |
    word: ${word}
`,
    'apps/release.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: word
  namespace: flux-system
spec:
  interval: 1h
  targetNamespace: default
  chart:
    spec:
      chart: ./chart
      sourceRef:
        kind: GitRepository
        name: apps
  valuesFrom:
    - kind: ConfigMap
      name: word-values
`,
  };
}
