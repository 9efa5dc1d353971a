import { isLoopbackOnly } from '../listen-option.ts'
import { UsageError } from '../option-table.ts'

/** Readers of a readiness probe and of EndpointSlices need a few seconds. */
export const drainDefaultSeconds = 5

/** Kubernetes kills a pod 30 s after SIGTERM by default; a longer time is for those who have raised that. */
const maxSeconds = 3_600

/** The option of every verb that serves: the time between SIGTERM and the end of listening. */
export const drainOption = {
  'drain-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: `${drainDefaultSeconds}, or 0 if every address is loopback`,
    help: 'after SIGTERM, answer for this long before listeners are closed, so that balancers can move their queries; /readyz fails at once',
  },
} as const

/** The drain time (ms) of a server that listens on these addresses. Throws UsageError. */
export function drainMsOf(
  { 'drain-seconds': seconds }: { readonly 'drain-seconds': number | undefined },
  addresses: readonly { readonly host: string }[],
): number {
  if (seconds === undefined) return isLoopbackOnly(addresses) ? 0 : drainDefaultSeconds * 1000
  if (seconds <= maxSeconds) return seconds * 1000
  throw new UsageError(`--drain-seconds is ${seconds}, it must be 0 to ${maxSeconds}`)
}
