const units = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** A duration in whole seconds as people say it: the largest unit of which there are at least two, rounded down. */
export function durationText(seconds: number): string {
  const [size, unit] = units.find(([each]) => seconds >= 2 * each) ?? [1, 'second']
  const count = Math.floor(seconds / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
