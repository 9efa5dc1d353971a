import { type Cluster, controlPlaneFor, type PlaneOptions } from './control-plane.ts'
import { hasCode } from './errors.ts'

/** Either a cluster or the reason, for the test report, why this machine has none. */
export type Available =
  | { readonly cluster: Cluster }
  | { readonly cluster: undefined; readonly reason: string }

/**
 * controlPlaneFor(env), except that on a machine without Go or openssl the reason comes back instead of an
 * error, so that a suite can skip. Under CI=true nothing may be skipped silently: there it throws.
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
