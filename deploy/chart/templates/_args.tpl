{{/* The arguments of the container, as a list in YAML. */}}
{{- define "kubedoh.args" -}}
{{- $args := list }}
{{- if eq .Values.mode "resolver" }}
{{- $args = list "up" "--data=none" }}
{{- else if eq .Values.mode "agent" }}
{{- $args = list "sync" }}
{{- else }}
{{- $args = list "serve" "--config=/etc/kubedoh/edge/edge.json" "--data=/var/lib/kubedoh" (printf "--workers=%d" (int .Values.edge.workers)) }}
{{- end }}
{{- $args = append $args "--health-listen=:9153" }}
{{- $args = append $args (printf "--log-format=%s" .Values.logFormat) }}
{{- $args = concat $args (include "kubedoh.agentArgs" . | fromYamlArray) }}
{{- $args = concat $args (include "kubedoh.serveArgs" . | fromYamlArray) }}
{{- toYaml (concat $args .Values.extraArgs) }}
{{- end }}

{{/* Of modes resolver and agent: what is published. */}}
{{- define "kubedoh.agentArgs" -}}
{{- if include "kubedoh.readsApi" . }}
- {{ printf "--cluster=%s" .Values.cluster.id | quote }}
- {{ printf "--domain=%s" .Values.cluster.domain | quote }}
{{- range .Values.namespaces }}
- {{ printf "--namespace=%s" . | quote }}
{{- end }}
{{- with .Values.namespaceLabels }}
- {{ printf "--namespace-labels=%s" . | quote }}
{{- end }}
{{- if .Values.namespaced }}
- --namespaced
{{- end }}
{{- if ne .Values.pods "disabled" }}
- {{ printf "--pods=%s" .Values.pods }}
{{- end }}
{{- if .Values.events }}
- --events
{{- end }}
{{- with include "kubedoh.policyConfigMap" . }}
- {{ printf "--policy-configmap=%s/%s" $.Release.Namespace . | quote }}
{{- end }}
{{- with .Values.access.policySecret }}
- {{ printf "--policy-secret=%s/%s" $.Release.Namespace . | quote }}
{{- end }}
{{- else }}
[]
{{- end }}
{{- if eq .Values.mode "agent" }}
- {{ printf "--edge=%s" .Values.agent.edgeUrl | quote }}
{{- range .Values.agent.moreEdgeUrls }}
- {{ printf "--edge=%s" . | quote }}
{{- end }}
- {{ printf "--key=/etc/kubedoh/key/%s" .Values.agent.key.secretKey | quote }}
{{- if .Values.agent.ca.configMap }}
- {{ printf "--ca=/etc/kubedoh/ca/%s" .Values.agent.ca.configMapKey | quote }}
{{- end }}
{{- if .Values.agent.lease }}
- {{ printf "--lease=%s/%s" .Release.Namespace (include "kubedoh.fullname" .) | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of modes resolver and edge: what is answered, on which ports, and to whom. */}}
{{- define "kubedoh.serveArgs" -}}
{{- $ports := include "kubedoh.ports" . | fromJsonArray }}
{{- if eq .Values.mode "agent" }}
[]
{{- else }}
- {{ printf "--drain-seconds=%d" (int .Values.drainSeconds) }}
{{- if has "https" $ports }}
- --listen=:8443
{{- else }}
- --plain
- {{ ternary "--listen=:8080" "--listen=127.0.0.1:8080" (has "http" $ports) }}
{{- end }}
{{- if has "dns" $ports }}
- --dns-listen=:5353
{{- if .Values.dns.cookieSecret }}
- --cookie-secret-file=/etc/kubedoh/cookie/secret
{{- end }}
{{- end }}
{{- if has "dot" $ports }}
- --dot-listen=:8853
- --tls-cert=/etc/kubedoh/tls/tls.crt
- --tls-key=/etc/kubedoh/tls/tls.key
{{- end }}
{{- end }}
{{- if eq .Values.mode "resolver" }}
{{- range .Values.zones }}
- {{ printf "--zone=%s" . | quote }}
{{- end }}
{{- range .Values.reverse }}
- {{ printf "--reverse=%s" . | quote }}
{{- end }}
{{- range .Values.upstream.urls }}
- {{ printf "--upstream=%s" . | quote }}
{{- end }}
{{- if .Values.upstream.forward }}
- --forward
{{- end }}
{{- with .Values.dot.host }}
- {{ printf "--dot-host=%s" . | quote }}
{{- end }}
{{- with .Values.doh.url }}
- {{ printf "--doh-url=%s" . | quote }}
{{- end }}
{{- if .Values.access.public }}
- --public
{{- else if not (or (include "kubedoh.policyConfigMap" .) .Values.access.policySecret) }}
{{- range .Values.access.allow }}
- {{ printf "--allow=%s" . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
