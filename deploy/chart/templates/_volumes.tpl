{{- define "kubedoh.volumeMounts" -}}
{{- $ports := include "kubedoh.ports" . | fromJsonArray }}
{{- if has "dot" $ports }}
- {name: tls, mountPath: /etc/kubedoh/tls, readOnly: true}
{{- end }}
{{- if and (has "dns" $ports) .Values.dns.cookieSecret }}
- {name: cookie, mountPath: /etc/kubedoh/cookie, readOnly: true}
{{- end }}
{{- if eq .Values.mode "agent" }}
- {name: key, mountPath: /etc/kubedoh/key, readOnly: true}
{{- if .Values.agent.ca.configMap }}
- {name: ca, mountPath: /etc/kubedoh/ca, readOnly: true}
{{- end }}
{{- end }}
{{- if eq .Values.mode "edge" }}
- {name: edge, mountPath: /etc/kubedoh/edge, readOnly: true}
- {name: data, mountPath: /var/lib/kubedoh}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* 0440 (288): readable by the group, which is that of fsGroup, and by nobody else. */}}
{{- define "kubedoh.volumes" -}}
{{- $ports := include "kubedoh.ports" . | fromJsonArray }}
{{- if has "dot" $ports }}
- {name: tls, secret: {secretName: {{ .Values.tls.secretName | quote }}, defaultMode: 288}}
{{- end }}
{{- if and (has "dns" $ports) .Values.dns.cookieSecret }}
- {name: cookie, secret: {secretName: {{ .Values.dns.cookieSecret | quote }}, defaultMode: 288}}
{{- end }}
{{- if eq .Values.mode "agent" }}
- {name: key, secret: {secretName: {{ .Values.agent.key.secretName | quote }}, defaultMode: 288}}
{{- if .Values.agent.ca.configMap }}
- {name: ca, configMap: {name: {{ .Values.agent.ca.configMap | quote }} } }
{{- end }}
{{- end }}
{{- if eq .Values.mode "edge" }}
- {name: edge, configMap: {name: {{ include "kubedoh.edgeConfigMap" . | quote }} } }
{{- if .Values.edge.persistence.enabled }}
- {name: data, persistentVolumeClaim: {claimName: {{ default (include "kubedoh.fullname" .) .Values.edge.persistence.existingClaim | quote }} } }
{{- else }}
- {name: data, emptyDir: {}}
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
