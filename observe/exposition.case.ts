/** A family of metrics as a scraper reads it; samples by name and label text. */
export type Family = {
  readonly type: string
  readonly help: string
  readonly samples: ReadonlyMap<string, number>
}

const nameForm = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const sampleForm = new RegExp(
  `^(${nameForm})(\\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*",?)+\\})? (\\S+)$`,
)
const valueForm = /^(?:[+-]Inf|NaN|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)$/

/**
 * Strictly parses Prometheus' text format 0.0.4: HELP, then TYPE, then the samples of that family only, without
 * duplicates; a histogram's buckets ascend, end with +Inf and agree with the count. Throws Error.
 */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no line break')
  const families = new Map<string, Family & { samples: Map<string, number> }>()
  let name = ''
  let help: string | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = new RegExp(`^# (HELP|TYPE) (${nameForm}) (.+)$`).exec(line)
    const [, kind, of = '', rest = ''] = comment ?? []
    if (kind === 'HELP') {
      if (families.has(of)) throw new Error(`${of} appears twice`)
      if (/\\(?![\\n])/.test(rest)) throw new Error(`help with a stray backslash: ${line}`)
      name = of
      help = rest
    } else if (kind === 'TYPE') {
      if (of !== name || help === undefined) throw new Error(`TYPE without HELP: ${line}`)
      if (!/^(counter|gauge|histogram)$/.test(rest)) throw new Error(`unknown type: ${line}`)
      families.set(of, { type: rest, help, samples: new Map() })
      help = undefined
    } else addSample(families.get(name), name, line)
  }
  for (const [each, family] of families) if (family.type === 'histogram') checkHistogram(each, family)
  return families
}

function addSample(
  family: { type: string; samples: Map<string, number> } | undefined,
  name: string,
  line: string,
): void {
  const [, sample = '', labels = '', value = ''] = sampleForm.exec(line) ?? []
  const suffix = sample.slice(name.length)
  const fits = family?.type === 'histogram' ? /^_(bucket|sum|count)$/.test(suffix) : suffix === ''
  if (!family || !sample.startsWith(name) || !fits) throw new Error(`not a sample of ${name}: ${line}`)
  if (!valueForm.test(value)) throw new Error(`not a value: ${line}`)
  const key = sample + labels
  if (family.samples.has(key)) throw new Error(`duplicate sample: ${line}`)
  const number = value.endsWith('Inf') ? Number(value.replace('Inf', 'Infinity')) : Number(value)
  if (family.type === 'counter' && !(number >= 0)) throw new Error(`a counter below 0: ${line}`)
  family.samples.set(key, number)
}

function checkHistogram(name: string, { samples }: Family): void {
  const series = new Map<string, [number, number][]>()
  for (const [key, count] of samples) {
    const [, labels = '', bound = ''] = /_bucket\{(.*?),?le="(.*)"\}$/.exec(key) ?? []
    if (bound === '') continue
    const buckets = series.get(labels) ?? []
    series.set(labels, buckets)
    buckets.push([bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), count])
  }
  for (const [labels, buckets] of series) {
    buckets.reduce(
      ([bound, count], next) => {
        if (!(next[0] > bound) || next[1] < count) throw new Error(`${name}: buckets do not ascend`)
        return next
      },
      [Number.NEGATIVE_INFINITY, 0] as [number, number],
    )
    const total = samples.get(`${name}_count${labels && `{${labels}}`}`)
    if (buckets.at(-1)?.[0] !== Number.POSITIVE_INFINITY || buckets.at(-1)?.[1] !== total)
      throw new Error(`${name}: the last bucket is not the count`)
    if (!samples.has(`${name}_sum${labels && `{${labels}}`}`)) throw new Error(`${name}: no sum`)
  }
}
