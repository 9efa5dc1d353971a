import { type Cluster, controlPlaneFor, type PlaneOptions } from './control-plane.ts'
import { hasCode } from './errors.ts'

/** A cluster, or the reason (for the test report) why this machine has none. */
export type Available =
  | { readonly cluster: Cluster }
  | { readonly cluster: undefined; readonly reason: string }

/**
 * Calls controlPlaneFor(env), but on a machine without Go or openssl returns the reason, so that a suite can be
 * skipped. With CI=true it throws instead, since CI must not skip.
 */
export async function availableCluster(
  env: NodeJS.ProcessEnv,
  options: PlaneOptions = {},
): Promise<Available> {
  try {
    return { cluster: await controlPlaneFor(env, options) }
  } catch (error) {
    const lacking = hasCode(error, 'GO_MISSING') || hasCode(error, 'OPENSSL_MISSING')
    if (!lacking || env.CI === 'true') throw error
    return { cluster: undefined, reason: error.message }
  }
}
