{{- /* A job of this chart: dict root one name args. Its name ends with a hash of its pod, so that no job is ever changed. */ -}}
{{- define "touchline.job" -}}
{{- $isHook := eq .root.Values.migrations.mode "hook" }}
{{- $spec := include "touchline.jobPod" . }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "touchline.fullname" .root }}-{{ .name }}-{{ sha256sum $spec | trunc 10 }}
  labels:
    {{- include "touchline.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
  annotations:
    argocd.argoproj.io/sync-wave: "0"
    {{- if $isHook }}
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: {{ .weight | quote }}
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
    {{- end }}
    {{- with .root.Values.migrations.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  backoffLimit: {{ .root.Values.migrations.backoffLimit }}
  {{- if and (not $isHook) (not (kindIs "invalid" .root.Values.migrations.ttlSecondsAfterFinished)) }}
  ttlSecondsAfterFinished: {{ .root.Values.migrations.ttlSecondsAfterFinished | int64 }}
  {{- end }}
  template:
    metadata:
      labels:
        {{- include "touchline.selector" .root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
    spec:
      {{- $spec | nindent 6 }}
{{- end }}

{{- define "touchline.jobPod" -}}
{{- include "touchline.podCommon" . }}
restartPolicy: Never
terminationGracePeriodSeconds: 30
containers:
  - {{ include "touchline.container" . | nindent 4 | trim }}
volumes:
  {{- include "touchline.volumes" . | nindent 2 }}
{{- end }}
