{{- /* The environment of one role, as a map: dict root one. What a role says goes before what all say. */ -}}
{{- define "touchline.environment" -}}
{{- $v := .root.Values }}{{ $one := .one }}{{ $facts := .one.facts }}{{ $full := include "touchline.fullname" .root }}
TOUCHLINE_PORT_METRICS: "9100"
TOUCHLINE_LOG_LEVEL: {{ $v.settings.logLevel | quote }}
TOUCHLINE_DRAIN_SECONDS: {{ $v.settings.drainSeconds | toString | quote }}
TOUCHLINE_GRACE_SECONDS: {{ $v.settings.graceSeconds | toString | quote }}
TOUCHLINE_REGION: {{ $v.settings.region | quote }}
TOUCHLINE_NORMALISATION: {{ $v.settings.normalisation | toString | quote }}
TOUCHLINE_TEAM_VISIBILITY: {{ $v.settings.teamVisibility | quote }}
TOUCHLINE_UNREGISTERED_ATTRIBUTES: {{ $v.settings.unregisteredAttributes | quote }}
TOUCHLINE_TOUCH_PARTITIONS: {{ $v.settings.touchPartitions | toString | quote }}
TOUCHLINE_AUDIENCE: {{ $v.oidc.audience | quote }}
{{- range $name, $value := dict "TOPIC_PREFIX" $v.settings.topicPrefix "EDGE_URL" $v.settings.edgeUrl "CONSOLE_URL" $v.settings.consoleUrl "OIDC_ISSUER" $v.oidc.issuer "OIDC_JWKS_URL" $v.oidc.jwksUrl }}
{{- if $value }}
TOUCHLINE_{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- if $facts.grpc }}
{{- range $name, $value := dict "LIMIT_PEOPLE_READS" $v.settings.limits.peopleReads "LIMIT_PEOPLE_WRITES" $v.settings.limits.peopleWrites "LIMIT_SYSTEMS_READS" $v.settings.limits.systemsReads "LIMIT_SYSTEMS_WRITES" $v.settings.limits.systemsWrites }}
TOUCHLINE_{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- if $v.oidc.issuer }}
{{- range $name, $value := dict "OIDC_CLIENT_ID" $v.oidc.clientId "OIDC_USER_CLAIM" $v.oidc.userClaim "OIDC_ROLES_CLAIM" $v.oidc.rolesClaim "OIDC_TEAM_CLAIM" $v.oidc.teamClaim }}
{{- if $value }}
TOUCHLINE_{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $name, $table := dict "OIDC_ROLES" $v.oidc.roles "OIDC_TEAMS" $v.oidc.teams }}
{{- if $table }}
TOUCHLINE_{{ $name }}: {{ $table | toJson | quote }}
{{- end }}
{{- end }}
{{- if include "touchline.logsInByOidc" . }}
TOUCHLINE_OIDC_SCOPES: {{ $v.oidc.scopes | quote }}
TOUCHLINE_CONSOLE_KEY_FILE: /etc/touchline/console/console.key
{{- if $v.oidc.parameters }}
TOUCHLINE_OIDC_PARAMETERS: {{ $v.oidc.parameters | toJson | quote }}
{{- end }}
{{- if $v.oidc.clientSecret.existingSecret }}
TOUCHLINE_OIDC_CLIENT_SECRET_FILE: /etc/touchline/oidc/client.secret
{{- end }}
{{- end }}
{{- end }}
{{- with $v.settings.otlpEndpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
{{- if $v.development.enabled }}
TOUCHLINE_DEVELOPMENT: "true"
{{- if include "touchline.needsTokenKey" $one }}
TOUCHLINE_TOKEN_KEY_FILE: /etc/touchline/token/token.key
{{- end }}
{{- else if $facts.calls }}
TOUCHLINE_SERVICE_TOKEN_FILE: /etc/touchline/service-token/token
{{- end }}
{{- range $facts.calls }}
TOUCHLINE_HOST_{{ upper . }}: {{ $full }}-{{ . }}-headless
{{- end }}
{{- if include "touchline.usesTls" . }}
TOUCHLINE_TLS_CERTIFICATE_FILE: /etc/touchline/tls/tls.crt
TOUCHLINE_TLS_KEY_FILE: /etc/touchline/tls/tls.key
TOUCHLINE_TLS_AUTHORITIES_FILE: /etc/touchline/tls/ca.crt
TOUCHLINE_TLS_IDENTITY: {{ $v.tls.identity | quote }}
{{- if and $facts.grpc $v.tls.peers }}
TOUCHLINE_TLS_PEERS_FILE: /etc/touchline/peers/peers.yaml
{{- end }}
{{- end }}
{{- if $facts.database }}
{{- $user := include "touchline.fill" (dict "text" $v.database.user "service" $one.service "role" $one.role) }}
{{- $name := include "touchline.fill" (dict "text" $v.database.name "service" $one.service "role" $one.role) }}
TOUCHLINE_DATABASE_URL: {{ printf "postgresql://%s@%s:%v/%s%s" $user (include "touchline.databaseHost" .root) $v.database.port $name (ternary (print "?" $v.database.parameters) "" (ne $v.database.parameters "")) | quote }}
{{- if $v.database.existingSecret }}
TOUCHLINE_DATABASE_PASSWORD_FILE: /etc/touchline/database/password
{{- end }}
{{- end }}
{{- if include "touchline.usesKafka" $one }}
TOUCHLINE_KAFKA_BOOTSTRAP: {{ required "kafka.bootstrap is not set: the addresses of your Kafka brokers, as kafka:9093" $v.kafka.bootstrap | quote }}
TOUCHLINE_KAFKA_SECURITY: {{ $v.kafka.security }}
{{- if eq $v.kafka.security "SASL_SSL" }}
TOUCHLINE_KAFKA_SASL_MECHANISM: {{ $v.kafka.sasl.mechanism }}
TOUCHLINE_KAFKA_SASL_USERNAME: {{ include "touchline.kafkaUser" . | quote }}
TOUCHLINE_KAFKA_SASL_PASSWORD_FILE: /etc/touchline/kafka/password
{{- end }}
{{- if and (ne $v.kafka.security "PLAINTEXT") $v.kafka.ca.existingSecret }}
TOUCHLINE_KAFKA_CA_FILE: /etc/touchline/kafka-ca/ca.crt
{{- end }}
{{- end }}
{{- $secrets := $facts.secrets | default list }}
{{- if has "identityKey" $secrets }}
TOUCHLINE_IDENTITY_KEY_FILE: /etc/touchline/identity/identity.key
{{- end }}
{{- if has "trackingKey" $secrets }}
TOUCHLINE_TRACKING_KEY_FILE: /etc/touchline/tracking/tracking.key
{{- end }}
{{- if has "dkim" $secrets }}
{{- if $v.secrets.dkim.existingSecret }}
TOUCHLINE_DKIM_KEY_DIR: /etc/touchline/dkim
{{- end }}
TOUCHLINE_TRACKING_COUNTRIES: {{ $v.settings.trackingCountries | quote }}
{{- end }}
{{- if and (has "launchKeys" $secrets) $v.secrets.launchKeys.existingSecret }}
TOUCHLINE_LAUNCH_KEY_FILE: /etc/touchline/launch/launch.keys
TOUCHLINE_EMBED_ANCESTORS: {{ $v.settings.embedAncestors | quote }}
{{- end }}
{{- if has "smtp" $secrets }}
{{- with $v.smtp }}
TOUCHLINE_SMTP_HOST: {{ .host | default "smtp.invalid" | quote }}
TOUCHLINE_SMTP_PORT: {{ .port | toString | quote }}
TOUCHLINE_SMTP_SECURITY: {{ .security }}
{{- with .clientName }}
TOUCHLINE_SMTP_CLIENT_NAME: {{ . | quote }}
{{- end }}
{{- if .username }}
TOUCHLINE_SMTP_USERNAME: {{ .username | quote }}
TOUCHLINE_SMTP_PASSWORD_FILE: /etc/touchline/smtp/password
{{- end }}
{{- end }}
{{- end }}
{{- if $facts.webhooks }}
TOUCHLINE_ALERT_SENDER: {{ $v.settings.alertSender | quote }}
TOUCHLINE_WEBHOOK_NETWORKS: {{ $v.settings.webhookNetworks | quote }}
{{- end }}
{{- if $facts.spool }}
TOUCHLINE_EDGE_TRUSTED_PROXIES: {{ $v.settings.trustedProxies | quote }}
TOUCHLINE_EDGE_COOKIE_DOMAIN: {{ $v.settings.cookieDomain | quote }}
TOUCHLINE_EDGE_SPOOL_DIR: /var/lib/touchline
TOUCHLINE_EDGE_SPOOL_BYTES: {{ $one.values.spool.bytes | int64 | toString | quote }}
{{- end }}
{{- end }}

{{- /* Whether a role takes or makes calls that are encrypted: dict root one. */ -}}
{{- define "touchline.usesTls" -}}
{{- if and .root.Values.tls.existingSecret (or .one.facts.grpc .one.facts.calls) }}yes{{ end }}
{{- end }}

{{- /* Whether people log in to a role at the OIDC provider: dict root one. */ -}}
{{- define "touchline.logsInByOidc" -}}
{{- if and .root.Values.oidc.issuer (has "consoleKey" (.one.facts.secrets | default list)) }}yes{{ end }}
{{- end }}

{{- define "touchline.env" -}}
{{- $all := include "touchline.environment" . | fromYaml }}
{{- $all = mustMergeOverwrite $all (deepCopy .root.Values.env) (deepCopy .one.values.env) }}
{{- range $name, $value := $all }}
- name: {{ $name }}
{{- if kindIs "map" $value }}
{{ toYaml $value | indent 2 }}
{{- else }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- /* What a role reads from Secrets, as a list of {name, secret, key, path} or {name, secret, keys}; an empty key mounts the whole Secret. */ -}}
{{- define "touchline.secretFiles" -}}
{{- $v := .root.Values }}{{ $one := .one }}{{ $facts := .one.facts }}
{{- if include "touchline.usesTls" . }}
- {name: tls, secret: {{ include "touchline.fill" (dict "text" $v.tls.existingSecret "service" $one.service "role" $one.role) }}, keys: [tls.crt, tls.key, ca.crt]}
{{- end }}
{{- if and $facts.database $v.database.existingSecret }}
- {name: database, secret: {{ include "touchline.fill" (dict "text" $v.database.existingSecret "service" $one.service "role" $one.role) }}, key: {{ include "touchline.fill" (dict "text" $v.database.passwordKey "service" $one.service "role" $one.role) }}, path: password}
{{- end }}
{{- if include "touchline.usesKafka" $one }}
{{- if eq $v.kafka.security "SASL_SSL" }}
- {name: kafka, secret: {{ include "touchline.kafkaSecret" . }}, key: {{ include "touchline.kafkaPasswordKey" . }}, path: password}
{{- end }}
{{- if and (ne $v.kafka.security "PLAINTEXT") $v.kafka.ca.existingSecret }}
- {name: kafka-ca, secret: {{ $v.kafka.ca.existingSecret }}, key: {{ $v.kafka.ca.key }}, path: ca.crt}
{{- end }}
{{- end }}
{{- if $v.development.enabled }}
{{- if include "touchline.needsTokenKey" $one }}
- {name: token, secret: {{ required "development.tokenKey.existingSecret is not set: a Secret with at least 32 bytes under token.key" $v.development.tokenKey.existingSecret }}, key: {{ $v.development.tokenKey.key }}, path: token.key}
{{- end }}
{{- else if $facts.calls }}
- {name: service-token, secret: {{ required "secrets.serviceTokens.existingSecret is not set: a Secret with a token of role service for each service" $v.secrets.serviceTokens.existingSecret }}, key: {{ $one.service }}, path: token}
{{- end }}
{{- $secrets := $facts.secrets | default list }}
{{- if has "identityKey" $secrets }}
- {name: identity, secret: {{ required "secrets.identityKey.existingSecret is not set: a Secret with the installation's HMAC key, made once and kept" $v.secrets.identityKey.existingSecret }}, key: {{ $v.secrets.identityKey.key }}, path: identity.key}
{{- end }}
{{- if has "trackingKey" $secrets }}
- {name: tracking, secret: {{ required "secrets.trackingKey.existingSecret is not set: a Secret with the keys of links in mails" $v.secrets.trackingKey.existingSecret }}, key: {{ $v.secrets.trackingKey.key }}, path: tracking.key}
{{- end }}
{{- if and (has "dkim" $secrets) $v.secrets.dkim.existingSecret }}
- {name: dkim, secret: {{ $v.secrets.dkim.existingSecret }}, key: "", path: ""}
{{- end }}
{{- if include "touchline.logsInByOidc" . }}
- {name: console, secret: {{ required "secrets.consoleKey.existingSecret is not set: a Secret with at least 32 bytes under console.key, which seals the console's sessions" $v.secrets.consoleKey.existingSecret }}, key: {{ $v.secrets.consoleKey.key }}, path: console.key}
{{- with $v.oidc.clientSecret }}
{{- if .existingSecret }}
- {name: oidc, secret: {{ .existingSecret }}, key: {{ .key }}, path: client.secret}
{{- end }}
{{- end }}
{{- end }}
{{- if and (has "launchKeys" $secrets) $v.secrets.launchKeys.existingSecret }}
- {name: launch, secret: {{ $v.secrets.launchKeys.existingSecret }}, key: {{ $v.secrets.launchKeys.key }}, path: launch.keys}
{{- end }}
{{- if and (has "smtp" $secrets) $v.smtp.username }}
- {name: smtp, secret: {{ required "smtp.existingSecret is not set: a Secret with the password of smtp.username" $v.smtp.existingSecret }}, key: {{ $v.smtp.passwordKey }}, path: password}
{{- end }}
{{- end }}

{{- define "touchline.volumes" -}}
- name: tmp
  emptyDir: {}
{{- range include "touchline.secretFiles" . | fromYamlArray }}
- name: {{ .name }}
  secret:
    secretName: {{ .secret }}
    {{- if .key }}
    items:
      - {key: {{ .key | quote }}, path: {{ .path }}}
    {{- else if .keys }}
    items:
      {{- range .keys }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
    {{- end }}
{{- end }}
{{- if and .one.facts.grpc .root.Values.tls.existingSecret .root.Values.tls.peers }}
- name: peers
  configMap:
    name: {{ include "touchline.fullname" .root }}-peers
{{- end }}
{{- with .one.values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "touchline.mounts" -}}
- {name: tmp, mountPath: /tmp}
{{- range include "touchline.secretFiles" . | fromYamlArray }}
- {name: {{ .name }}, mountPath: /etc/touchline/{{ .name }}, readOnly: true}
{{- end }}
{{- if and .one.facts.grpc .root.Values.tls.existingSecret .root.Values.tls.peers }}
- {name: peers, mountPath: /etc/touchline/peers, readOnly: true}
{{- end }}
{{- with .one.values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* One container of ours: dict root one name args resources; further fields are appended by the caller. */ -}}
{{- define "touchline.container" -}}
name: {{ .name }}
image: {{ include "touchline.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{ .args | toJson }}
env:
{{- include "touchline.env" . | indent 2 }}
{{- with .one.values.extraEnvFrom }}
envFrom:
{{- toYaml . | nindent 2 }}
{{- end }}
{{- with .one.values.securityContext }}
securityContext:
{{- toYaml . | nindent 2 }}
{{- end }}
resources:
{{- toYaml .resources | nindent 2 }}
volumeMounts:
{{- include "touchline.mounts" . | nindent 2 }}
{{- end }}

{{- /* What all pods share, jobs too: dict root one. */ -}}
{{- define "touchline.podCommon" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .one.values.podSecurityContext }}
securityContext:
{{- toYaml . | nindent 2 }}
{{- end }}
{{- with .one.values.nodeSelector }}
nodeSelector:
{{- toYaml . | nindent 2 }}
{{- end }}
{{- with .one.values.tolerations }}
tolerations:
{{- toYaml . | nindent 2 }}
{{- end }}
{{- with .one.values.affinity }}
affinity:
{{- toYaml . | nindent 2 }}
{{- end }}
{{- with .one.values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
