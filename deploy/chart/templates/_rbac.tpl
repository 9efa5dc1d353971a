{{/* (root, namespace): metadata of a role for one namespace, or with '' for the whole cluster. */}}
{{- define "kubedoh.roleMetadata" -}}
{{- $root := index . 0 }}
{{- $namespace := index . 1 -}}
name: {{ include "kubedoh.fullname" $root }}
{{- with $namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "kubedoh.labels" $root | nindent 2 }}
{{- end }}

{{- define "kubedoh.subjects" -}}
- kind: ServiceAccount
  name: {{ include "kubedoh.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* RBAC cannot restrict create to a name. */}}
{{- define "kubedoh.leaseRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "kubedoh.fullname" . }}]
  verbs: [get, update]
{{- end }}

{{/* (resource, name): the permission to watch one object. */}}
{{- define "kubedoh.policyRules" -}}
- apiGroups: [""]
  resources: [{{ index . 0 }}]
  resourceNames: [{{ index . 1 }}]
  verbs: [list, watch]
{{- end }}
