const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

/** A time span: a whole number and its unit. At most six digits, so that a sum with a time stays a valid date. */
export const durationPattern = /^[1-9][0-9]{0,5}[smhdw]$/

/** RFC 3339 §5.6 with upper-case T and Z, as Kubernetes writes times. */
export const timePattern =
  /^(20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/

/** Text such as 15m, 24h or 90d → seconds; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined
  return Number(text.slice(0, -1)) * (unitSeconds[text.slice(-1)] ?? Number.NaN)
}

/** Seconds → text that parseDuration reads, in the largest unit that divides them. */
export function formatDuration(seconds: number): string {
  const [unit, size] =
    Object.entries(unitSeconds).findLast(([name, each]) => name !== 'w' && seconds % each === 0) ??
    (['s', 1] as const)
  return `${seconds / size}${unit}`
}

/** Text such as 2026-12-01T00:00:00Z → Unix ms; undefined for any other text and for days that do not exist. */
export function parseTime(text: string): number | undefined {
  const day = timePattern.exec(text)?.[1]
  if (day === undefined) return undefined
  // Date.parse takes 30 February for 2 March.
  if (new Date(`${day}T00:00:00Z`).toISOString().slice(0, day.length) !== day) return undefined
  return Date.parse(text)
}

/** Unix ms → RFC 3339 text in UTC, in whole seconds (rounded down). */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
