import { daysOf, intervalsToSimulate } from '../cost/days.ts'
import { costJson, costText } from '../cost/report.ts'
import { agentOptions, resolveAgentOptions } from './options/agent-options.ts'
import { UsageError } from './options/option-table.ts'
import { sourceOptions } from './options/source-option.ts'
import { verb } from './options/verb.ts'
import { chooseSource } from './run/choose-source.ts'
import { openCluster } from './run/open-cluster.ts'
import { createLog } from './terminal/log.ts'

const defaults = { minutes: 10, intervals: '2s,10s,1m,5m', queriesPerDay: 10_000, isolates: 20 }

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

/** Intervals are compared on one grid of time: this is its finest. */
const finestMs = 50

/** kubedoh cost: the price of publishing a cluster through Cloudflare. */
export default verb({
  name: 'cost',
  summary: 'Watch a cluster for a while and print what publishing it through Cloudflare would cost',
  usage: '[--kubeconfig FILE] [--minutes N] [options]',
  options: {
    minutes: {
      kind: 'number',
      value: 'N',
      byDefault: String(defaults.minutes),
      help: 'watch the cluster for this long',
    },
    intervals: {
      kind: 'text',
      value: 'LIST',
      byDefault: defaults.intervals,
      help: 'compare these publish intervals, such as 250ms,10s,5m',
    },
    'queries-per-day': {
      kind: 'number',
      value: 'N',
      byDefault: String(defaults.queriesPerDay),
      help: 'assume this many DNS queries a day',
    },
    isolates: {
      kind: 'number',
      value: 'N',
      byDefault: String(defaults.isolates),
      help: 'assume that they reach this many Worker isolates, a few for each Cloudflare location',
    },
    json: { kind: 'flag', help: 'print one JSON object' },
    kubeconfig: sourceOptions.kubeconfig,
    context: sourceOptions.context,
    ...agentOptions,
  },
  notes: [
    'It publishes nothing and needs no edge and no key. Without --kubeconfig, KUBECONFIG and --context, it watches the cluster of the pod that it runs in. SIGINT ends the watch early and prints the results so far.',
  ],
  async run(values, positionals, { env, print, tell, signal }) {
    if (positionals.length > 0) throw new UsageError(`cost takes no "${positionals[0]}"`)
    const intervalsMs = intervalsOf(values.intervals ?? defaults.intervals)
    const durationMs = atLeastOne('minutes', values.minutes ?? defaults.minutes) * (unitMs.m ?? 0)
    const asking = {
      queriesPerDay: values['queries-per-day'] ?? defaults.queriesPerDay,
      isolates: atLeastOne('isolates', values.isolates ?? defaults.isolates),
    }
    const options = resolveAgentOptions(values)
    const log = createLog('text', tell, Date.now)
    const source = await chooseSource({ ...values, from: [] }, options, { env }, 'none')
    if (source.kind === 'file') throw new UsageError('cost watches a cluster')
    const kube = await openCluster(source, { env, log })
    const { watchForCost } = await import('../cost/watch.ts')
    const simulatedMs = intervalsToSimulate(intervalsMs)
    const watch = await watchForCost(kube, options, simulatedMs, { log, signal, durationMs })
    const times = { watchedMs: watch.watchedMs, heartbeatMs: options.heartbeatMs }
    const days = daysOf(watch.simulations, intervalsMs, times, asking)
    if (values.json) print(costJson(watch, days, asking))
    else for (const line of costText(watch, days, asking)) print(line)
    return 0
  },
})

/** A list such as '250ms,10s,5m' → ms, without repetitions. Throws UsageError. */
function intervalsOf(text: string): number[] {
  const intervals = text.split(',').map((item) => {
    const [, digits, unit = ''] = /^([0-9]{1,6})(ms|s|m)$/.exec(item.trim()) ?? []
    const ms = Number(digits) * (unitMs[unit] ?? Number.NaN)
    if (ms > 0 && ms % finestMs === 0) return ms
    throw new UsageError(
      `--intervals has "${item}", an interval is such as 250ms, 10s or 5m and a multiple of ${finestMs} ms`,
    )
  })
  return [...new Set(intervals)].toSorted((a, b) => a - b)
}

function atLeastOne(option: string, value: number): number {
  if (value >= 1) return value
  throw new UsageError(`--${option} is ${value}, it has to be 1 or more`)
}
