{{- define "flotilla.labels" -}}
app.kubernetes.io/part-of: flotilla
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}
{{- define "flotilla.selector" -}}
app.kubernetes.io/name: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}
{{- define "flotilla.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}
{{- define "flotilla.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
{{- define "flotilla.env" -}}
- name: FLOTILLA_PUBLIC_URL
  value: {{ required "publicUrl: give the URL under which agents reach the hub" .Values.publicUrl | quote }}
- name: FLOTILLA_OUTBOUND_ALLOW
  value: {{ .Values.outboundAllow | quote }}
- name: FLOTILLA_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
{{- with .Values.agentImage }}
- name: FLOTILLA_AGENT_IMAGE
  value: {{ . | quote }}
{{- end }}
{{- if .Values.hubCa.configMap }}
- name: FLOTILLA_HUB_CA_FILE
  value: /etc/flotilla/hub-ca/{{ .Values.hubCa.key }}
{{- end }}
{{- end }}
{{- /* git works in a temporary folder, and the root file system is read-only */}}
{{- define "flotilla.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .Values.hubCa.configMap }}
- name: hub-ca
  mountPath: /etc/flotilla/hub-ca
  readOnly: true
{{- end }}
{{- end }}
{{- define "flotilla.volumes" -}}
- name: tmp
  emptyDir: {}
{{- with .Values.hubCa.configMap }}
- name: hub-ca
  configMap:
    name: {{ . }}
{{- end }}
{{- end }}
