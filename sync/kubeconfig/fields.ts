/** A field of a kubeconfig and its treatment; `ignored` fields do not change which requests are sent. */
export type FieldRow = {
  /** The object that has the field, as kubectl's documentation names it. */
  readonly object: 'Config' | 'Cluster' | 'AuthInfo' | 'Context' | 'ExecConfig'
  readonly field: string
  readonly treatment: 'honoured' | 'refused' | 'ignored'
  readonly note: string
}

/** Every field of kubeconfig v1 (client-go, tools/clientcmd/api/v1). docs/agent.md has this table. */
export const kubeconfigFields: readonly FieldRow[] = [
  ...config(),
  ...cluster(),
  ...authInfo(),
  ...exec(),
  honoured('Context', 'cluster', 'has to be in `clusters`'),
  honoured('Context', 'user', 'has to be in `users`; without it no credentials are sent'),
  ignored('Context', 'namespace', '`--namespace` says which namespaces are published'),
  ignored('Context', 'extensions', ''),
]

/** The fields of a user that are refused, with the reason. */
export const refusedUserFields: readonly FieldRow[] = kubeconfigFields.filter(
  ({ object, treatment }) => object === 'AuthInfo' && treatment === 'refused',
)

function config(): FieldRow[] {
  return [
    honoured('Config', 'kind', 'absent or `Config`'),
    honoured('Config', 'apiVersion', 'absent or `v1`'),
    honoured(
      'Config',
      'clusters',
      'a name may occur once; of several files the first one that has it counts',
    ),
    honoured('Config', 'users', 'likewise'),
    honoured('Config', 'contexts', 'likewise'),
    honoured(
      'Config',
      'current-context',
      '`--context` overrides it; of several files the first one that has it counts',
    ),
    ignored('Config', 'preferences', ''),
    ignored('Config', 'extensions', ''),
  ]
}

function cluster(): FieldRow[] {
  return [
    honoured(
      'Cluster',
      'server',
      '`http://` too; without a scheme https where the file has TLS settings, else http',
    ),
    honoured('Cluster', 'tls-server-name', ''),
    honoured('Cluster', 'insecure-skip-tls-verify', 'excludes the two authorities'),
    honoured('Cluster', 'certificate-authority', 'relative to the file; excludes the `-data` field'),
    honoured('Cluster', 'certificate-authority-data', ''),
    honoured(
      'Cluster',
      'proxy-url',
      '`http`, `https` or `socks5`, with credentials if any; wins over `HTTPS_PROXY` and `NO_PROXY`',
    ),
    honoured('Cluster', 'disable-compression', 'compressed answers are never asked for'),
    honoured(
      'Cluster',
      'extensions',
      '`client.authentication.k8s.io/exec` alone, for plugins with `provideClusterInfo`',
    ),
  ]
}

function authInfo(): FieldRow[] {
  return [
    honoured('AuthInfo', 'client-certificate', 'relative to the file; excludes the `-data` field'),
    honoured('AuthInfo', 'client-certificate-data', ''),
    honoured('AuthInfo', 'client-key', 'relative to the file; excludes the `-data` field'),
    honoured('AuthInfo', 'client-key-data', ''),
    honoured('AuthInfo', 'token', ''),
    honoured(
      'AuthInfo',
      'tokenFile',
      'relative to the file, trimmed, read for every request; wins over `token`',
    ),
    honoured('AuthInfo', 'as', '`Impersonate-User`'),
    honoured('AuthInfo', 'as-uid', '`Impersonate-Uid`; needs `as`'),
    honoured('AuthInfo', 'as-groups', '`Impersonate-Group`; needs `as`'),
    honoured('AuthInfo', 'as-user-extra', '`Impersonate-Extra-…`; needs `as`'),
    honoured('AuthInfo', 'username', 'excludes `token`'),
    honoured('AuthInfo', 'password', 'excludes `token`'),
    refused(
      'AuthInfo',
      'auth-provider',
      'use `exec` with a credential plugin, such as kubelogin for OpenID Connect',
    ),
    honoured('AuthInfo', 'exec', 'one run at a time for all requests'),
    ignored('AuthInfo', 'extensions', ''),
  ]
}

function exec(): FieldRow[] {
  return [
    honoured(
      'ExecConfig',
      'command',
      'with a slash it is relative to the file, else it is searched for in `PATH`',
    ),
    honoured('ExecConfig', 'args', ''),
    honoured('ExecConfig', 'env', 'added to the environment of kubedoh'),
    honoured('ExecConfig', 'apiVersion', '`client.authentication.k8s.io/v1` or `/v1beta1`'),
    honoured('ExecConfig', 'installHint', 'shown when the command does not exist'),
    honoured('ExecConfig', 'provideClusterInfo', 'adds the cluster to `KUBERNETES_EXEC_INFO`'),
    honoured('ExecConfig', 'interactiveMode', '`Never`, `IfAvailable` or `Always`; v1 needs it'),
  ]
}

function honoured(object: FieldRow['object'], field: string, note: string): FieldRow {
  return { object, field, treatment: 'honoured', note }
}

function refused(object: FieldRow['object'], field: string, note: string): FieldRow {
  return { object, field, treatment: 'refused', note }
}

function ignored(object: FieldRow['object'], field: string, note: string): FieldRow {
  return { object, field, treatment: 'ignored', note }
}
