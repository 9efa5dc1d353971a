import { type Check, type Finding, fillTemplate, type Template } from './define-check.ts'
import type { Facts } from './facts.ts'
import type { Ports } from './ports.ts'

/** Results that any check can have without being run. */
export const unrunFindings = {
  needs: { state: 'skipped', text: 'Not looked at, since it depends on the check {need}.' },
  time: {
    state: 'skipped',
    text: 'Not looked at, since the time limit of the whole run is over.',
    remedy: 'Repair the problems above first, or raise --timeout-ms.',
  },
} as const satisfies Readonly<Record<string, Template>>

/** What a walk uses besides its checks. */
export type WalkOptions = {
  readonly ports: Ports
  /** Called with each finding when it is there. */
  onFinding(finding: Finding): void
  /** Called before each check runs. */
  onStart(check: Check): void
  /** Aborts when the time of the whole run is over: the check that runs is given up, the others are skipped. */
  readonly limit: AbortSignal
}

/** Runs the checks in their order, each with the facts of those before. Returns their findings. */
export async function walk(
  checks: readonly Check[],
  given: Facts,
  { ports, onFinding, onStart, limit }: WalkOptions,
): Promise<Finding[]> {
  const findings: Finding[] = []
  let facts = given
  for (const check of checks) {
    const need = check.needs.find((id) => !findings.some((one) => one.check === id && isPassed(one)))
    const run = async (): Promise<Finding> => {
      if (need !== undefined) return fillTemplate(check.id, 'needs', unrunFindings.needs, { need })
      if (limit.aborted) return fillTemplate(check.id, 'time', unrunFindings.time, {})
      onStart(check)
      const outcome = await Promise.race([check.run(facts, ports), aborted(limit)])
      if (!outcome) return fillTemplate(check.id, 'time', unrunFindings.time, {})
      facts = { ...facts, ...outcome.learned }
      return outcome.finding
    }
    const finding = withoutTokens(await run(), given.tokens)
    findings.push(finding)
    onFinding(finding)
  }
  return findings
}

function isPassed({ state }: Finding): boolean {
  return state === 'ok' || state === 'note'
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

/** Texts of servers and of the system may repeat the URL, so each finding is cleaned, whatever its source. */
function withoutTokens(finding: Finding, tokens: readonly string[]): Finding {
  const clean = (text: string): string =>
    tokens.reduce((rest, token) => rest.replaceAll(token, 'TOKEN'), text)
  const { remedy } = finding
  return { ...finding, text: clean(finding.text), ...(remedy === undefined ? {} : { remedy: clean(remedy) }) }
}
