import { createHistogram, createNumbers, type Histogram, type Numbers } from '../../observe/prometheus.ts'
import { type AgentEvent, type Notify, shortName } from '../events.ts'
import type { Loss } from '../guard/deletions.ts'
import type { KubeCode } from '../kube/http/errors.ts'
import type { Resource } from '../kube/resources.ts'
import { type Skipped, skipCauses } from '../objects/skipped.ts'
import { type ScheduleLimits, undeclaredLimits } from '../schedule/limits.ts'
import { budgetOf, initialSchedule, type Schedule } from '../schedule/schedule.ts'
import { remainingKeys } from '../schedule/write-budget.ts'
import { metricRows } from './metric-rows.ts'
import { createProgrammingLatency, serviceKinds } from './programming-latency.ts'

/** The ports of an agent's metrics. */
export type MetricsPorts = {
  readonly resources: readonly Resource[]
  /** Whether replicas share a Lease; without one this replica leads from the start. */
  readonly hasLease: boolean
  /** Unix ms. */
  readonly nowMs: () => number
}

/** An agent's metrics. */
export type Metrics = {
  readonly notify: Notify
  /** Counts an attempt to write a Kubernetes Event. */
  skipEvent(result: SkipEventResult): void
  /** All metrics in Prometheus' text format. */
  text(): string
}

export type SkipEventResult = 'created' | 'exists' | 'failed'

/** CoreDNS' buckets (s): from 1 ms, doubling, to some 9 minutes (plugin/kubernetes/object/metrics.go). */
const programmingBounds = Array.from({ length: 20 }, (_, index) => 0.001 * 2 ** index)

/** A round takes some ms on one machine, and minutes for a first snapshot over a slow network (s). */
const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

const kubeCodes: readonly KubeCode[] = [
  'KUBE_ANSWER',
  'KUBE_CREDENTIALS',
  'KUBE_EXPIRED',
  'KUBE_FORBIDDEN',
  'KUBE_NOT_FOUND',
  'KUBE_SILENT',
  'KUBE_THROTTLED',
  'KUBE_TOO_LARGE',
  'KUBE_UNAUTHORIZED',
  'KUBE_UNREACHABLE',
]

/** The codes whose counters start at 0; further codes of the edge appear when they occur. */
const publishCodes = ['EDGE_UNREACHABLE', 'EDGE_ANSWER', 'SCHEMA_UNSUPPORTED', 'STORE_FAILED', 'ROOT_OLDER']

type NumberKey = Exclude<keyof typeof metricRows, 'programming' | 'duration'>
type Board = {
  readonly resources: readonly Resource[]
  readonly numbers: Readonly<Record<NumberKey, Numbers>>
  readonly programming: Histogram
  readonly duration: Histogram
  schedule: Schedule
  limits: ScheduleLimits
}

/** Metrics that follow an agent's events. Every counter starts at 0. */
export function createMetrics(ports: MetricsPorts): Metrics {
  const board = createBoard(ports)
  const latency = createProgrammingLatency()
  return {
    notify: (event) => {
      take(board, event)
      for (const { serviceKind, seconds } of latency.take(event))
        board.programming.observe([serviceKind], seconds)
    },
    skipEvent: (result) => board.numbers.skipEvents.add([result]),
    text: () => {
      const budget = budgetOf(board.schedule, board.limits)
      board.numbers.budget.set([], remainingKeys(budget, ports.nowMs()))
      const each = Object.keys(metricRows).map((key) =>
        key === 'programming' || key === 'duration' ? board[key] : board.numbers[key as NumberKey],
      )
      return each.map((metric) => metric.text()).join('')
    },
  }
}

function createBoard({ resources, hasLease }: MetricsPorts): Board {
  const { programming, duration, ...rows } = metricRows
  const numbers = Object.fromEntries(
    Object.entries(rows).map(([key, row]) => [key, createNumbers(row)]),
  ) as Record<NumberKey, Numbers>
  for (const resource of resources.map((each) => shortName(each))) {
    for (const key of ['synced', 'proof', 'lists', 'objects', 'watches'] as const)
      numbers[key].add([resource], 0)
    for (const type of ['changed', 'deleted', 'bookmark']) numbers.events.add([resource, type], 0)
    for (const code of kubeCodes) numbers.interruptions.add([resource, code], 0)
  }
  for (const kind of ['first', 'content', 'heartbeat', 'repair']) numbers.publishes.add([kind], 0)
  for (const code of publishCodes) numbers.failures.add([code], 0)
  for (const kind of ['Namespace', 'Service']) numbers.counts.add([kind], 0)
  for (const result of ['created', 'exists', 'failed']) numbers.skipEvents.add([result], 0)
  numbers.leader.set([], hasLease ? 0 : 1)
  numbers.policyValid.set([], 1)
  const board: Board = {
    resources,
    numbers,
    programming: createHistogram(programming, programmingBounds),
    duration: createHistogram(duration, durationBounds),
    schedule: initialSchedule,
    limits: undeclaredLimits,
  }
  for (const kind of serviceKinds) board.programming.show([kind])
  showSkipped(board, [])
  showHeld(board, [])
  return board
}

function take(board: Board, event: AgentEvent): void {
  const { numbers } = board
  switch (event.kind) {
    case 'listed':
      numbers.lists.add([shortName(event.resource)])
      numbers.objects.set([shortName(event.resource)], event.objects)
      numbers.synced.set([shortName(event.resource)], 1)
      return numbers.proof.set([shortName(event.resource)], event.atMs / 1000)
    case 'watching':
      return numbers.watches.add([shortName(event.resource)])
    case 'event':
      numbers.events.add([shortName(event.resource), event.type])
      return numbers.proof.set([shortName(event.resource)], event.atMs / 1000)
    case 'interrupted':
      return numbers.interruptions.add([shortName(event.resource), event.code])
    case 'lease':
      return numbers.leader.set([], event.leading ? 1 : 0)
    case 'deletions-held':
      return showHeld(board, event.losses)
    case 'policy':
      if (event.problems.length > 0) numbers.policyErrors.add([])
      return numbers.policyValid.set([], event.problems.length > 0 ? 0 : 1)
    case 'standby':
      showHeld(board, [])
      // The replica that publishes now reports these.
      for (const kind of ['Namespace', 'Service']) numbers.counts.set([kind], 0)
      return showSkipped(board, [])
    case 'failed':
      return numbers.failures.add([event.code])
    case 'round':
      return takeRound(board, event)
    default:
  }
}

function takeRound(board: Board, event: AgentEvent & { kind: 'round' }): void {
  const { round, ms, atMs, schedule, limits } = event
  const { numbers } = board
  board.schedule = schedule
  board.limits = limits
  numbers.published.set([], atMs / 1000)
  numbers.deferred.set([], round.deferred.waiting)
  numbers.skew.set([], event.edgeAheadMs / 1000)
  numbers.asOf.set([], (round.edgeState.published?.asOfMs ?? 0) / 1000)
  numbers.counts.set(['Namespace'], round.snapshot.counts.namespaces)
  numbers.counts.set(['Service'], round.snapshot.counts.services)
  showSkipped(board, round.snapshot.skipped)
  if (round.kind === 'nothing') return
  numbers.publishes.add([round.kind])
  numbers.bytes.add([], round.bytes)
  numbers.writes.add([], round.blobs + 1)
  board.duration.observe([], ms / 1000)
}

function showHeld({ numbers, resources }: Board, losses: readonly Loss[]): void {
  for (const kind of objectKindsOf(resources))
    numbers.held.set([kind], losses.find((loss) => loss.kind === kind)?.lost ?? 0)
}

/** Series of objects that are no longer skipped stay at 0: a missing series would look like a missing agent. */
function showSkipped({ numbers, resources }: Board, skipped: readonly Skipped[]): void {
  numbers.skipped.clear()
  for (const kind of objectKindsOf(resources))
    for (const cause of skipCauses) numbers.skipped.add([kind, cause], 0)
  for (const { kind, cause } of skipped) numbers.skipped.add([kind, cause])
}

/** The kinds that a snapshot is built from. */
function objectKindsOf(resources: readonly Resource[]): Set<string> {
  return new Set(
    resources.map(({ kind }) => kind).filter((kind) => kind !== 'ConfigMap' && kind !== 'Secret'),
  )
}
