import { buildSources } from '../cluster/build.ts'
import { hasCode } from '../cluster/errors.ts'
import { natsSource } from '../cluster/programs.ts'

/** The absolute path of nats-server, or the reason (for the test report) why this machine has none. */
export type AvailableNats =
  | { readonly program: string }
  | { readonly program: undefined; readonly reason: string }

/**
 * Builds nats-server with Go unless it is built. Without Go it returns the reason, so that a test can be skipped; with
 * CI=true it throws instead, since CI must not skip. Throws ClusterError BUILD_FAILED.
 */
export async function availableNats(env = process.env): Promise<AvailableNats> {
  try {
    const programs = await buildSources([natsSource], undefined, env)
    return { program: programs[natsSource.name] }
  } catch (error) {
    if (!hasCode(error, 'GO_MISSING') || env.CI === 'true') throw error
    return { program: undefined, reason: error.message }
  }
}
