import { systemCode } from '../../host/errors.ts'

/** Prefixes of the error codes that mean a wrong option, file or key, which the caller can correct. */
const wrongInput = [
  ...['USAGE', 'OPTION_', 'CONFIG_', 'OBJECTS_', 'KUBECONFIG_', 'POLICY_'],
  ...['LISTEN_', 'CERTIFICATE_', 'DATABASE_', 'PROOF_UNVERIFIED', 'CLUSTER_UNKNOWN'],
  // A store that cannot be reached may be back at the next start.
  ...['STORE_DENIED', 'STORE_UNUSABLE'],
]

/** An error → exit code: 2 for wrong input, 1 for everything else. */
export function exitCodeOf(error: unknown): 1 | 2 {
  const code = systemCode(error)
  return code !== undefined && wrongInput.some((prefix) => code.startsWith(prefix)) ? 2 : 1
}

/** An error → its message in one line, or its stack if it is a bug, which has no code. */
export function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (systemCode(error) === undefined) return error.stack ?? error.message
  return error.message.replaceAll('\n', ' ')
}
