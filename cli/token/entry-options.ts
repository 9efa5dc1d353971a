import { isClusterId } from '../../snapshot/keys.ts'
import { entryNamePattern, entryNameRule } from '../../sync/policy/form.ts'
import { parseDuration, parseTime } from '../../sync/policy/times.ts'
import { UsageError } from '../options/option-table.ts'

/** The option that names the cluster whose tokens are made. A wrong one makes a token that no edge accepts. */
export const clusterOption = {
  cluster: {
    kind: 'text',
    value: 'ID',
    help: "the cluster's id in the edge's configuration, which every token begins with (`kubedoh up`: local)",
  },
} as const

/** The value of --cluster. Throws UsageError. */
export function clusterId(action: string, text: string | undefined): string {
  if (text === undefined) throw new UsageError(`${action} needs --cluster ID`)
  if (isClusterId(text)) return text
  throw new UsageError(`--cluster is "${text}", a cluster's id is a DNS label in lower case`)
}

/** The one argument of an action, an entry's name. Throws UsageError. */
export function entryName(action: string, positionals: readonly string[]): string {
  const [name, extra] = positionals
  if (name === undefined) throw new UsageError(`${action} needs NAME`)
  if (extra !== undefined) throw new UsageError(`${action} takes one NAME, not "${extra}" as well`)
  if (!entryNamePattern.test(name)) throw new UsageError(`"${name}" is no name: it must be ${entryNameRule}`)
  return name
}

/** Throws UsageError where an action without arguments has one. */
export function noArguments(action: string, [first]: readonly string[]): void {
  if (first !== undefined) throw new UsageError(`${action} takes no "${first}"`)
}

/** A time span from now, or a time → Unix ms, which must be in the future. Throws UsageError. */
export function timeOf(option: string, text: string, nowMs: number): number {
  const seconds = parseDuration(text)
  const ms = seconds === undefined ? parseTime(text) : nowMs + seconds * 1000
  if (ms === undefined)
    throw new UsageError(
      `--${option} is "${text}", it must be a time span such as 15m, 24h or 90d, or a time such as 2027-03-01T00:00:00Z`,
    )
  if (ms > nowMs) return ms
  throw new UsageError(`--${option} is "${text}", which has passed`)
}

/** A time span → seconds. Throws UsageError. */
export function secondsOf(option: string, text: string): number {
  const seconds = parseDuration(text)
  if (seconds !== undefined) return seconds
  throw new UsageError(`--${option} is "${text}", it must be a time span such as 15m, 24h or 90d`)
}
