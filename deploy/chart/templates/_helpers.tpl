{{- define "kubedoh.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of most objects. 54 characters leave room for suffixes. */}}
{{- define "kubedoh.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 54 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 54 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 54 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* Labels that never change, since a Deployment's selector cannot. */}}
{{- define "kubedoh.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kubedoh.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kubedoh.labels" -}}
{{ include "kubedoh.selectorLabels" . }}
app.kubernetes.io/component: {{ .Values.mode }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: kubedoh
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "kubedoh.metadata" -}}
name: {{ include "kubedoh.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "kubedoh.labels" . | nindent 2 }}
{{- end }}

{{- define "kubedoh.serviceAccountName" -}}
{{- $own := ternary (include "kubedoh.fullname" .) "default" .Values.serviceAccount.create }}
{{- default $own .Values.serviceAccount.name }}
{{- end }}

{{- define "kubedoh.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "kubedoh.replicas" -}}
{{- if kindIs "invalid" .Values.replicaCount }}
{{- ternary 1 2 (eq .Values.mode "edge") }}
{{- else }}
{{- int .Values.replicaCount }}
{{- end }}
{{- end }}

{{/* The ConfigMap with the policy, if any. */}}
{{- define "kubedoh.policyConfigMap" -}}
{{- if .Values.access.policy }}
{{- include "kubedoh.fullname" . }}-policy
{{- else }}
{{- .Values.access.policyConfigMap }}
{{- end }}
{{- end }}

{{- define "kubedoh.edgeConfigMap" -}}
{{- default (printf "%s-edge" (include "kubedoh.fullname" .)) .Values.edge.existingConfigMap }}
{{- end }}

{{/* Whether the pods read the API: 'true' or empty. */}}
{{- define "kubedoh.readsApi" -}}
{{- if ne .Values.mode "edge" }}true{{ end }}
{{- end }}

{{/* The names of the open ports, as JSON: dns, dot, https, http. */}}
{{- define "kubedoh.ports" -}}
{{- $serves := ne .Values.mode "agent" }}
{{- $names := list }}
{{- if and $serves (or .Values.dns.enabled (eq .Values.mode "resolver")) }}{{ $names = append $names "dns" }}{{ end }}
{{- if and $serves .Values.tls.secretName }}{{ $names = append $names "dot" }}{{ end }}
{{- if and $serves .Values.tls.secretName (not .Values.tls.plain) }}{{ $names = append $names "https" }}{{ end }}
{{- if and $serves .Values.tls.plain }}{{ $names = append $names "http" }}{{ end }}
{{- toJson $names }}
{{- end }}

{{/* Stops with one line where values do not belong together. */}}
{{- define "kubedoh.check" -}}
{{- $v := .Values }}
{{- $policies := compact (list $v.access.policy $v.access.policyConfigMap $v.access.policySecret) }}
{{- if gt (len $policies) 1 }}{{ fail "give one of access.policy, access.policyConfigMap and access.policySecret" }}{{ end }}
{{- if and $v.namespaced (not $v.namespaces) }}{{ fail "namespaced needs namespaces: the list of those to publish" }}{{ end }}
{{- if and $v.namespaces $v.namespaceLabels }}{{ fail "namespaces and namespaceLabels exclude each other" }}{{ end }}
{{- if le (int $v.terminationGracePeriodSeconds) (int (add $v.drainSeconds 5)) }}{{ fail "terminationGracePeriodSeconds must be more than drainSeconds and 5" }}{{ end }}
{{- if eq $v.mode "resolver" }}
{{- if and (not $policies) (not $v.access.public) (not $v.access.allow) }}{{ fail "nobody would be answered: give access.allow, a policy, or access.public" }}{{ end }}
{{- if and $policies $v.access.public }}{{ fail "access.public and a policy exclude each other: `anonymous` in the policy decides" }}{{ end }}
{{- if and $v.upstream.forward (not $v.upstream.urls) }}{{ fail "upstream.forward needs upstream.urls" }}{{ end }}
{{- end }}
{{- if eq $v.mode "agent" }}
{{- if not $v.agent.edgeUrl }}{{ fail "mode agent needs agent.edgeUrl, such as https://edge.example.com" }}{{ end }}
{{- if not $v.agent.key.secretName }}{{ fail (printf "mode agent needs agent.key.secretName: `kubedoh key new --out agent-key.json`, then `kubectl create secret generic kubedoh-agent-key --namespace %s --from-file=agent-key.json`" .Release.Namespace) }}{{ end }}
{{- if and (not $v.agent.lease) (gt (int (include "kubedoh.replicas" .)) 1) }}{{ fail "several agents need agent.lease: without it, set replicaCount to 1" }}{{ end }}
{{- end }}
{{- if eq $v.mode "edge" }}
{{- if gt (int (include "kubedoh.replicas" .)) 1 }}{{ fail "an edge has one pod: its database belongs to one process" }}{{ end }}
{{- if not (or $v.edge.config $v.edge.existingConfigMap) }}{{ fail "mode edge needs edge.config or edge.existingConfigMap" }}{{ end }}
{{- if and $v.edge.config $v.edge.existingConfigMap }}{{ fail "edge.config and edge.existingConfigMap exclude each other" }}{{ end }}
{{- if not (or $v.tls.secretName $v.tls.plain) }}{{ fail "mode edge needs tls.secretName, or tls.plain behind a proxy that terminates TLS" }}{{ end }}
{{- end }}
{{- end }}
