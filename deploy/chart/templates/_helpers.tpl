{{- define "touchline.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (default .Chart.Name .Values.nameOverride) .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name (default .Chart.Name .Values.nameOverride) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "touchline.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* What pods carry: nothing of the chart's version, so that a new chart alone restarts nobody. */ -}}
{{- define "touchline.podLabels" -}}
{{ include "touchline.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "touchline.labels" -}}
{{ include "touchline.podLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: touchline
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "touchline.image" -}}
{{- $repository := .Values.image.repository }}
{{- with .Values.global.imageRegistry }}{{ $repository = printf "%s/%s" (trimSuffix "/" .) $repository }}{{ end }}
{{- if .Values.image.digest }}{{ printf "%s@%s" $repository .Values.image.digest }}
{{- else }}{{ printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{- define "touchline.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (ternary (include "touchline.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- /* A value in which {service} and {role} are replaced: dict text service role. */ -}}
{{- define "touchline.fill" -}}
{{ .text | replace "{service}" .service | replace "{role}" .role }}
{{- end }}

{{- /* Every role that runs, as a list of {service, role, name, api, facts, values}. */ -}}
{{- define "touchline.roles" -}}
{{- include "touchline.validate" . }}
{{- $root := . }}
{{- range $service, $told := .Files.Get "files/services.yaml" | fromYaml }}
{{- range $role, $facts := $told.roles }}
{{- $own := dig $service $role (dict) $root.Values.services | default dict }}
{{- $values := mustMergeOverwrite (deepCopy $root.Values.defaults) (deepCopy $own) }}
{{- if $values.enabled }}
- service: {{ $service }}
  role: {{ $role }}
  name: {{ include "touchline.fullname" $root }}-{{ $service }}-{{ $role }}
  api: {{ $told.api | default "" | quote }}
  facts: {{ $facts | toJson }}
  values: {{ $values | toJson }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "touchline.usesKafka" -}}
{{- if or .facts.produces .facts.consumes }}yes{{ end }}
{{- end }}

{{- /* Whether the role proves or signs tokens. */ -}}
{{- define "touchline.needsTokenKey" -}}
{{- if or .facts.grpc .facts.calls (and .facts.public (not .facts.spool)) }}yes{{ end }}
{{- end }}

{{- define "touchline.databaseHost" -}}
{{- if .Values.database.cnpg.enabled }}{{ include "touchline.fullname" . }}-postgres-rw
{{- else }}{{ required "database.host is not set: the host name of your PostgreSQL, or database.cnpg.enabled" .Values.database.host }}
{{- end }}
{{- end }}

{{- define "touchline.kafkaUser" -}}
{{- if .root.Values.kafka.strimzi.enabled }}{{ .one.name }}{{ else }}{{ include "touchline.fill" (dict "text" .root.Values.kafka.sasl.username "service" .one.service "role" .one.role) }}{{ end }}
{{- end }}

{{- define "touchline.kafkaSecret" -}}
{{- if .root.Values.kafka.strimzi.enabled }}{{ .one.name }}{{ else }}{{ include "touchline.fill" (dict "text" .root.Values.kafka.sasl.existingSecret "service" .one.service "role" .one.role) }}{{ end }}
{{- end }}

{{- define "touchline.kafkaPasswordKey" -}}
{{- if .root.Values.kafka.strimzi.enabled }}password{{ else }}{{ include "touchline.fill" (dict "text" .root.Values.kafka.sasl.passwordKey "service" .one.service "role" .one.role) }}{{ end }}
{{- end }}
