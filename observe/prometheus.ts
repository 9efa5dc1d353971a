/** A metric: its name, type, labels and help text. */
export type MetricRow = {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
}

/** Values of a row's labels, in the row's order. */
export type LabelValues = readonly string[]

/** A counter or gauge. A series appears with its first `add` or `set`; `add` of 0 makes it appear as 0. */
export type Numbers = {
  add(values: LabelValues, by?: number): void
  set(values: LabelValues, value: number): void
  /** Removes every series. */
  clear(): void
  text(): string
}

/** A histogram with fixed buckets. */
export type Histogram = {
  /** Makes a series appear before the first observation. */
  show(values: LabelValues): void
  observe(values: LabelValues, value: number): void
  text(): string
}

/** One series of a counter or gauge. */
export type Sample = { readonly values: LabelValues; readonly value: number }

/** One series of a histogram; `buckets` are cumulative: the values at most at each bound, without +Inf. */
export type Counts = {
  readonly values: LabelValues
  readonly buckets: readonly number[]
  readonly sum: number
  readonly count: number
}

type OpenCounts = Counts & { readonly buckets: number[]; sum: number; count: number }

/** The media type of `text()` (Prometheus exposition formats, text 0.0.4). */
export const metricsMediaType = 'text/plain; version=0.0.4; charset=utf-8'

/** A counter or gauge without series; one without labels starts at 0. */
export function createNumbers(row: MetricRow): Numbers {
  const series = new Map<string, { readonly values: LabelValues; value: number }>()
  const at = (values: LabelValues): { value: number } => {
    const key = keyOf(row, values)
    const one = series.get(key) ?? { values, value: 0 }
    series.set(key, one)
    return one
  }
  if (row.labels.length === 0) at([])
  return {
    add: (values, by = 1) => void (at(values).value += by),
    set: (values, value) => void (at(values).value = value),
    clear: () => series.clear(),
    text: () => numbersText(row, [...series.values()]),
  }
}

/** A histogram. `bounds` are the buckets' upper bounds, ascending, in the metric's unit; +Inf is added. */
export function createHistogram(row: MetricRow, bounds: readonly number[]): Histogram {
  const series = new Map<string, OpenCounts>()
  const at = (values: LabelValues): OpenCounts => {
    const key = keyOf(row, values)
    const one = series.get(key) ?? { values, buckets: bounds.map(() => 0), sum: 0, count: 0 }
    series.set(key, one)
    return one
  }
  if (row.labels.length === 0) at([])
  return {
    show: (values) => void at(values),
    observe: (values, value) => {
      const counts = at(values)
      counts.count++
      counts.sum += value
      for (const [index, bound] of bounds.entries()) {
        if (value <= bound) counts.buckets[index] = (counts.buckets[index] ?? 0) + 1
      }
    },
    text: () => histogramText(row, bounds, [...series.values()]),
  }
}

/** A counter or gauge with these series, in text format. */
export function numbersText(row: MetricRow, samples: readonly Sample[]): string {
  return family(
    row,
    samples.map(({ values, value }) => line(row.name, row.labels, values, value)),
  )
}

/** A histogram with these series, in text format. `bounds` are the upper bounds of the buckets, ascending, without +Inf. */
export function histogramText(row: MetricRow, bounds: readonly number[], series: readonly Counts[]): string {
  return family(
    row,
    series.flatMap((counts) => histogramLines(row, bounds, counts)),
  )
}

function histogramLines(row: MetricRow, bounds: readonly number[], counts: Counts): string[] {
  const bucket = (bound: number, count: number): string =>
    line(`${row.name}_bucket`, [...row.labels, 'le'], [...counts.values, show(bound)], count)
  return [
    ...bounds.map((bound, index) => bucket(bound, counts.buckets[index] ?? 0)),
    bucket(Number.POSITIVE_INFINITY, counts.count),
    line(`${row.name}_sum`, row.labels, counts.values, counts.sum),
    line(`${row.name}_count`, row.labels, counts.values, counts.count),
  ]
}

function family({ name, type, help }: MetricRow, lines: readonly string[]): string {
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return [`# HELP ${name} ${text}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function line(name: string, labels: readonly string[], values: LabelValues, value: number): string {
  const pairs = labels.map((label, index) => `${label}="${escaped(values[index] ?? '')}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${show(value)}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function show(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

function keyOf({ name, labels }: MetricRow, values: LabelValues): string {
  if (values.length !== labels.length) throw new TypeError(`${name} has ${labels.length} labels`)
  return JSON.stringify(values)
}
