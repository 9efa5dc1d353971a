/** A named health check. */
export type Check = {
  readonly name: string
  /** Why the check fails; undefined when it passes. */
  problem(): string | undefined
  /** What a person should correct although the check passes. */
  warning?(): string | undefined
}

/** The checks of the two probes of Kubernetes. */
export type Probes = {
  /** Whether the process makes progress: a failure is a reason to restart it. */
  readonly livez: readonly Check[]
  /** Whether the process should be used now. */
  readonly readyz: readonly Check[]
}

/**
 * The answer to `/livez` or `/readyz`, in the format of Kubernetes' components: 'ok' when all checks pass, and one line
 * for each check when one fails or the request was verbose.
 */
export function healthAnswer(
  endpoint: 'livez' | 'readyz',
  checks: readonly Check[],
  verbose: boolean,
): { readonly status: 200 | 503; readonly text: string } {
  const outcomes = checks.map((check) => ({
    ...{ name: check.name, problem: check.problem(), warning: check.warning?.() },
  }))
  const good = outcomes.every(({ problem }) => problem === undefined)
  if (good && !verbose) return { status: 200, text: 'ok' }
  const lines = outcomes.map(({ name, problem, warning }) => {
    if (problem !== undefined) return `[-]${name} failed: ${problem}`
    return warning === undefined ? `[+]${name} ok` : `[+]${name} ok, but ${warning}`
  })
  const verdict = `${endpoint} check ${good ? 'passed' : 'failed'}`
  return { status: good ? 200 : 503, text: [...lines, verdict, ''].join('\n') }
}
