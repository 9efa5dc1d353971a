import type { Log } from '../log.ts'

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
