import type { Log } from '../log.ts'

/** A cluster's API as a kubeconfig or a pod describes it, checked. Files have been found readable. */
export type Target = {
  /** Where this comes from, for messages: a file and context, or the service account. */
  readonly source: string
  /** Base URL of the API, without a slash at its end. */
  readonly server: string
  readonly caFile?: string | undefined
  /** PEM in base64, as in the file. */
  readonly caData?: string | undefined
  readonly skipTlsVerify: boolean
  readonly tlsServerName?: string | undefined
  /** URL of a proxy that the kubeconfig asks for. */
  readonly proxyUrl?: string | undefined
  readonly disableCompression: boolean
  /** The content of the extension for credential plugins. */
  readonly execExtension?: unknown
  readonly user: User
}

/** How requests are authenticated. */
export type User = {
  readonly certFile?: string | undefined
  readonly certData?: string | undefined
  readonly keyFile?: string | undefined
  readonly keyData?: string | undefined
  readonly token?: string | undefined
  readonly tokenFile?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly exec?: ExecConfig | undefined
  /** Impersonate-* headers by name. */
  readonly impersonation: Readonly<Record<string, string | readonly string[]>>
}

/** A credential plugin. */
export type ExecConfig = {
  /** A path, or a name that was found in PATH. */
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly apiVersion: string
  readonly installHint: string
  readonly provideClusterInfo: boolean
  /** Whether the plugin may read from the terminal. */
  readonly isInteractive: boolean
}

/** The surroundings for reading a kubeconfig and running its credential plugin. */
export type CredentialsWorld = {
  /** PATH, the variables of a pod's service account, and all that a plugin inherits. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether standard input and standard error are terminals. */
  readonly terminal: { readonly stdin: boolean; readonly stderr: boolean }
  readonly log: Log
  /** Unix ms. */
  readonly nowMs: () => number
}
