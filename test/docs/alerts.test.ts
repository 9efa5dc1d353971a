import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'
import { followRows } from '../../host/follow/follow-rows.ts'
import { edgeRows } from '../../host/observe/edge-rows.ts'
import type { MetricRow } from '../../observe/prometheus.ts'
import type { KubeCode } from '../../sync/kube/http/errors.ts'
import { metricRows } from '../../sync/observe/metric-rows.ts'
import type { PublishCode } from '../../sync/publish/errors.ts'
import { ended, skipWithout } from '../clients/program.ts'

type Rule = {
  alert: string
  expr: string
  for?: string
  labels: { severity: string }
  annotations: { summary: string }
}

const rows: readonly MetricRow[] = [metricRows, edgeRows, followRows].flatMap((each) => Object.values(each))
const isNumber = /^-?[0-9.]+[mh]?$/
/** Words of the query language that the alerts use. */
const words = /^(absent|count|time|max|min|sum|by|or|unless|offset|rate|increase|histogram_quantile)$/

/** The faults of an expression in names, labels, brackets and the use of counters. */
function problemsOf(expr: string): string[] {
  const problems: string[] = []
  let depth = 0
  for (const letter of expr) {
    depth += letter === '(' ? 1 : letter === ')' ? -1 : 0
    if (depth < 0) break
  }
  if (depth !== 0) problems.push('brackets do not match')
  const given: string[] = []
  for (const [, name = '', matchers = ''] of expr.matchAll(/\b(kubedoh_\w+)(?:\{([^}]*)\})?/g)) {
    const row = rows.find((each) => nameOf(each).test(name))
    if (!row) problems.push(`there is no metric ${name}`)
    given.push(...(row?.labels ?? []), ...(name.endsWith('_bucket') ? ['le'] : []))
    for (const [, label = ''] of matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)) {
      if (!row?.labels.includes(label)) problems.push(`${name} has no label ${label}`)
    }
    const isRising = name.endsWith('_total') || name.endsWith('_bucket')
    const isRated = new RegExp(`(rate|increase)\\(${name}(\\{[^}]*\\})?\\[[0-9]+[mh]\\]\\)`).test(expr)
    if (isRising !== isRated) problems.push(`${name}: counters, and only they, have a rate`)
  }
  for (const [, list = ''] of expr.matchAll(/by \(([^)]*)\)/g)) {
    for (const label of list.split(', ')) {
      if (![...given, 'instance'].includes(label)) problems.push(`nothing has the label ${label}`)
    }
  }
  const bare = expr.replace(/\{[^}]*\}|\[[0-9]+[mh]\]|by \([^)]*\)|kubedoh_\w+/g, ' ')
  for (const word of bare.split(/[\s(),<>/-]+/)) {
    if (word !== '' && !words.test(word) && !isNumber.test(word)) problems.push(`"${word}" is unknown`)
  }
  return problems
}

function nameOf({ name, type }: MetricRow): RegExp {
  return new RegExp(`^${name}${type === 'histogram' ? '_(bucket|sum|count)' : ''}$`)
}

const file = fileURLToPath(new URL('../../examples/alerts.yaml', import.meta.url))

test('Prometheus accepts the alerts, and rejects misspelled ones', async (t) => {
  const skip = await skipWithout('promtool')
  if (skip) return t.skip(skip)
  const taken = await ended('promtool', ['check', 'rules', file])
  assert.equal(taken.code, 0, taken.stdout + taken.stderr)
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-alerts-'))
  const misspelled = join(dir, 'alerts.yaml')
  await writeFile(misspelled, (await readFile(file, 'utf8')).replace('max by (kind)', 'most by (kind)'))
  assert.notEqual((await ended('promtool', ['check', 'rules', misspelled])).code, 0)
  await rm(dir, { recursive: true })
})

/** The alert for each code with which lists and watches fail; undefined: the agent recovers in a regular way. */
const alertOfKubeCode: Readonly<Record<KubeCode, string | undefined>> = {
  KUBE_CREDENTIALS: 'KubedohApiRefuses',
  KUBE_CERTIFICATE: 'KubedohApiRefuses',
  KUBE_UNAUTHORIZED: 'KubedohApiRefuses',
  KUBE_FORBIDDEN: 'KubedohApiRefuses',
  KUBE_NOT_FOUND: 'KubedohApiRefuses',
  KUBE_TOO_LARGE: 'KubedohApiRefuses',
  KUBE_UNREACHABLE: 'KubedohWatchesBroken',
  KUBE_SILENT: 'KubedohWatchesBroken',
  KUBE_THROTTLED: 'KubedohWatchesBroken',
  KUBE_ANSWER: 'KubedohWatchesBroken',
  KUBE_EXPIRED: undefined,
  // Only writes of a Lease have conflicts, and KubedohNoLeader is about these.
  KUBE_CONFLICT: undefined,
}

/** Codes of failed rounds: each may become lasting. */
const publishCodes: readonly PublishCode[] = [
  ...(['PROOF_UNVERIFIED', 'CLUSTER_UNKNOWN', 'EDGE_UNREACHABLE', 'EDGE_ANSWER'] as const),
  ...(['SCHEMA_UNSUPPORTED', 'STORE_FAILED', 'BODY_TOO_LARGE', 'ROOT_CONFLICT'] as const),
]

type Simulation = {
  readonly series: string
  readonly values: string
  readonly alerts: readonly string[]
  /** When the alerts fire; by default after 50 minutes. */
  readonly at?: string
  /** Another series with its values, beside those of `series`. */
  readonly and?: readonly [series: string, values: string]
}

/** What an edge shows, and the alerts that follow. */
const edgeSimulations: readonly Simulation[] = [
  { series: 'kubedoh_edge_workers{instance="b"}', values: '0x60', alerts: ['KubedohEdgeDown'] },
  {
    series: 'kubedoh_edge_workers{instance="b"}',
    values: '2x20 _x40',
    alerts: ['KubedohEdgeMissing'],
    at: '70m',
  },
  ...(['none', 'stale', 'expired'] as const).map((state) => ({
    series: `kubedoh_snapshot_state{instance="b", cluster="prod", state="${state}"}`,
    values: '1x60',
    alerts: state === 'none' ? ['KubedohNoSnapshot'] : [],
  })),
  {
    series: 'kubedoh_snapshot_age_seconds{instance="b", cluster="prod"}',
    values: '0+60x60',
    alerts: ['KubedohSnapshotOld'],
  },
  ...(
    [
      [10, ['KubedohServfail']],
      [4, []],
    ] as const
  ).map(
    ([failures, alerts]): Simulation => ({
      series: 'kubedoh_dns_responses_total{instance="b", zone="cluster.local.", rcode="SERVFAIL"}',
      values: `0+${failures}x60`,
      and: ['kubedoh_dns_responses_total{instance="b", zone="cluster.local.", rcode="NOERROR"}', '0+100x60'],
      alerts,
    }),
  ),
  {
    series: 'kubedoh_dns_request_duration_seconds_bucket{instance="b", zone=".", proto="udp", le="0.512"}',
    values: '0+90x60',
    and: [
      'kubedoh_dns_request_duration_seconds_bucket{instance="b", zone=".", proto="udp", le="+Inf"}',
      '0+100x60',
    ],
    alerts: ['KubedohSlowAnswers'],
  },
  {
    series: 'kubedoh_http_responses_total{instance="b", status="500"}',
    values: '0x40 1x20',
    alerts: ['KubedohFaults'],
  },
  {
    series: 'kubedoh_limit_hits_total{instance="b", limit="anonymous"}',
    values: '0+120x60',
    alerts: ['KubedohLimitsHit'],
  },
  {
    series: 'kubedoh_ingest_refusals_total{instance="b", code="ROOT_DOMAIN"}',
    values: '0+1x60',
    alerts: ['KubedohIngestRefused'],
  },
  {
    series: 'kubedoh_ingest_refusals_total{instance="b", code="PROOF_MISSING"}',
    values: '0+9x60',
    alerts: [],
  },
  {
    series: 'kubedoh_upstream_requests_total{instance="b", result="network"}',
    values: '0+6x60',
    and: ['kubedoh_upstream_requests_total{instance="b", result="answer"}', '0+1x60'],
    alerts: ['KubedohUpstreamFailing'],
  },
  {
    series: 'kubedoh_edge_worker_exits_total{instance="b"}',
    values: '0+1x60',
    alerts: ['KubedohWorkersEnding'],
  },
]

/** Counters that rise as with retries at the longest delay, 30 s for the API and a minute for the edge; an agent that is gone. */
const simulations: readonly Simulation[] = [
  ...Object.entries(alertOfKubeCode).map(([code, alert]) => ({
    series: `kubedoh_reflector_interruptions_total{code="${code}", instance="a", resource="services"}`,
    values: '0+2x60',
    alerts: alert === undefined ? [] : [alert],
  })),
  ...publishCodes.map((code) => ({
    series: `kubedoh_publish_failures_total{code="${code}", instance="a"}`,
    values: '0+1x60',
    alerts: ['KubedohPublishFailing'],
  })),
  { series: 'kubedoh_leader{instance="a"}', values: '1x10 _x50', alerts: ['KubedohAgentMissing'] },
  ...edgeSimulations,
]

test('lasting failures of every code that a person has to correct, missing processes and broken edges are alerts', async (t) => {
  const skip = await skipWithout('promtool')
  if (skip) return t.skip(skip)
  const { groups } = load(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] }
  const names = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-alerts-'))
  t.after(() => rm(dir, { recursive: true }))
  for (const { series, values, alerts, and, at = '50m' } of simulations) {
    const isLeader = series.startsWith('kubedoh_leader')
    // A single agent that is otherwise well.
    const other = and ? [{ series: and[0], values: and[1] }] : []
    const input = [
      { series, values },
      ...other,
      ...(isLeader ? [] : [{ series: 'kubedoh_leader', values: '1x90' }]),
    ]
    const simulated = {
      rule_files: [file],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series: input, promql_expr_test: [] as object[] }],
    }
    for (const alertname of names) {
      const expr = `count(ALERTS{alertname="${alertname}", alertstate="firing"})`
      const samples = alerts.includes(alertname) ? [{ value: 1 }] : []
      simulated.tests[0]?.promql_expr_test.push({ expr, eval_time: at, exp_samples: samples })
    }
    const path = join(dir, 'test.yaml')
    await writeFile(path, JSON.stringify(simulated))
    const said = await ended('promtool', ['test', 'rules', path])
    assert.equal(said.code, 0, `${series}\n${said.stdout}${said.stderr}`)
  }
})

test('the check finds each kind of fault', () => {
  for (const [expr, problem] of [
    ['sum(kubedoh_leader < 1', /brackets/],
    ['sum(kubedoh_chief) < 1', /no metric kubedoh_chief/],
    ['sum(kubedoh_leader{pod="a"}) < 1', /no label pod/],
    ['sum(kubedoh_publish_bytes_total) > 1', /counters/],
    ['sum(rate(kubedoh_leader[5m])) > 1', /counters/],
    ['sum by (pod) (kubedoh_leader) < 1', /label pod/],
    ['avg(kubedoh_leader) < 1', /"avg" is unknown/],
  ] as const) {
    assert.match(problemsOf(expr).join('\n'), problem, expr)
  }
})

test('every alert of examples/alerts.yaml uses existing metrics and labels', () => {
  const text = readFileSync(file, 'utf8')
  const { groups } = load(text) as { groups: { name: string; rules: Rule[] }[] }
  const rules = groups.flatMap((group) => group.rules)
  assert.ok(rules.length > 5)
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
  for (const rule of rules) {
    const { alert, expr } = rule
    assert.deepEqual(problemsOf(expr), [], alert)
    assert.match(alert, /^Kubedoh[A-Za-z]+$/)
    assert.match(rule.for ?? '1m', /^[0-9]+[mh]$/)
    assert.match(rule.labels.severity, /^(critical|warning|info)$/)
    const kept = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? []
    for (const [, label = ''] of rule.annotations.summary.matchAll(/\$labels\.(\w+)/g))
      assert.ok(kept.includes(label), `${alert}: ${label} is not there any more`)
  }
})
