{{- /* What would only be noticed by a role that does not start is said here, with what to do. */ -}}
{{- define "touchline.validate" -}}
{{- $v := .Values }}
{{- if and $v.oidc.issuer $v.development.enabled }}
{{- fail "development.enabled signs its own tokens, and oidc.issuer names somebody else who does: choose one of them" }}
{{- end }}
{{- if and (not $v.development.enabled) (not $v.oidc.issuer) }}
{{- fail "oidc.issuer is not set: name your identity provider and its oidc.jwksUrl, or set development.enabled for trying out" }}
{{- end }}
{{- if and $v.oidc.issuer (not $v.oidc.jwksUrl) }}
{{- fail "oidc.jwksUrl is not set: the address of the keys of oidc.issuer" }}
{{- end }}
{{- if and $v.services.console.serve.enabled (not $v.development.enabled) }}
{{- if not $v.oidc.clientId }}
{{- fail "oidc.clientId is not set: as whom the console is registered at oidc.issuer; without a log-in set services.console.serve.enabled=false" }}
{{- end }}
{{- if not $v.oidc.userClaim }}
{{- fail "oidc.userClaim is not set: the claim that names people, as preferred_username; it is never changed later" }}
{{- end }}
{{- if not (hasPrefix "https://" $v.settings.consoleUrl) }}
{{- fail "settings.consoleUrl is not set, or not https: where colleagues open the console, as https://touchline.example.com" }}
{{- end }}
{{- end }}
{{- if not $v.settings.edgeUrl }}
{{- fail "settings.edgeUrl is not set: the public address of links in mails, as https://links.example.com" }}
{{- end }}
{{- if and $v.smtp.username (eq $v.smtp.security "none") }}
{{- fail "smtp.username needs smtp.security starttls or tls: a password does not travel readable" }}
{{- end }}
{{- end }}
