import { createHistogram, createNumbers, type Histogram, type Numbers } from '../../observe/prometheus.ts'
import { type AgentEvent, type Notify, shortName } from '../events.ts'
import type { Loss } from '../guard/deletions.ts'
import type { KubeCode } from '../kube/http/errors.ts'
import type { Resource } from '../kube/resources.ts'
import { type Skipped, skipCauses } from '../objects/skipped.ts'
import { type ScheduleLimits, undeclaredLimits } from '../schedule/limits.ts'
import { budgetOf, initialSchedule, type Schedule } from '../schedule/schedule.ts'
import { remainingKeys } from '../schedule/write-budget.ts'
import { metricRows, withEdgeLabel } from './metric-rows.ts'
import { createProgrammingLatency, type ProgrammingLatency, serviceKinds } from './programming-latency.ts'

/** The ports of an agent's metrics. */
export type MetricsPorts = {
  readonly resources: readonly Resource[]
  /** Whether replicas share a Lease; without one this replica leads from the start. */
  readonly hasLease: boolean
  /** The base URLs of the edges that it publishes to: the values of the label `edge`, which is there if there are several. */
  readonly edges: readonly string[]
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
  /** The label values of an edge's series: its URL, or none if there is only one edge. */
  readonly at: (edge: string) => readonly string[]
  readonly loops: Map<string, { schedule: Schedule; limits: ScheduleLimits; latency: ProgrammingLatency }>
}

/** Metrics that follow an agent's events. Every counter starts at 0. */
export function createMetrics(ports: MetricsPorts): Metrics {
  const board = createBoard(ports)
  return {
    notify: (event) => {
      take(board, event)
      for (const [edge, { latency }] of board.loops) {
        if ('edge' in event && event.edge !== edge) continue
        for (const { serviceKind, seconds } of latency.take(event))
          board.programming.observe([...board.at(edge), serviceKind], seconds)
      }
    },
    skipEvent: (result) => board.numbers.skipEvents.add([result]),
    text: () => {
      for (const [edge, { schedule, limits }] of board.loops)
        board.numbers.budget.set(board.at(edge), remainingKeys(budgetOf(schedule, limits), ports.nowMs()))
      const each = Object.keys(metricRows).map((key) =>
        key === 'programming' || key === 'duration' ? board[key] : board.numbers[key as NumberKey],
      )
      return each.map((metric) => metric.text()).join('')
    },
  }
}

function createBoard({ resources, hasLease, edges }: MetricsPorts): Board {
  const isSeveral = edges.length > 1
  const { programming, duration, ...rows } = isSeveral ? withEdgeLabel(metricRows) : metricRows
  const numbers = Object.fromEntries(
    Object.entries(rows).map(([key, row]) => [key, createNumbers(row)]),
  ) as Record<NumberKey, Numbers>
  for (const resource of resources.map((each) => shortName(each))) {
    for (const key of ['synced', 'proof', 'lists', 'objects', 'watches'] as const)
      numbers[key].add([resource], 0)
    for (const type of ['changed', 'deleted', 'bookmark']) numbers.events.add([resource, type], 0)
    for (const code of kubeCodes) numbers.interruptions.add([resource, code], 0)
  }
  for (const kind of ['Namespace', 'Service']) numbers.counts.add([kind], 0)
  for (const result of ['created', 'exists', 'failed']) numbers.skipEvents.add([result], 0)
  numbers.leader.set([], hasLease ? 0 : 1)
  numbers.policyValid.set([], 1)
  const board: Board = {
    resources,
    numbers,
    programming: createHistogram(programming, programmingBounds),
    duration: createHistogram(duration, durationBounds),
    at: (edge) => (isSeveral ? [edge] : []),
    loops: new Map(
      edges.map((edge) => [
        edge,
        { schedule: initialSchedule, limits: undeclaredLimits, latency: createProgrammingLatency() },
      ]),
    ),
  }
  for (const edge of edges) showEdge(board, edge)
  showSkipped(board, [])
  return board
}

/** Makes the series of an edge appear before its first round. */
function showEdge(board: Board, edge: string): void {
  const { numbers } = board
  const at = board.at(edge)
  for (const kind of ['first', 'content', 'heartbeat', 'repair']) numbers.publishes.add([...at, kind], 0)
  for (const code of publishCodes) numbers.failures.add([...at, code], 0)
  for (const key of ['bytes', 'writes', 'deferred', 'published', 'asOf', 'skew'] as const)
    numbers[key].add(at, 0)
  board.duration.show(at)
  for (const kind of serviceKinds) board.programming.show([...at, kind])
  showHeld(board, edge, [])
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
      return showHeld(board, event.edge, event.losses)
    case 'policy':
      if (event.problems.length > 0) numbers.policyErrors.add([])
      return numbers.policyValid.set([], event.problems.length > 0 ? 0 : 1)
    case 'standby':
      showHeld(board, event.edge, [])
      // The replica that publishes now reports these.
      for (const kind of ['Namespace', 'Service']) numbers.counts.set([kind], 0)
      return showSkipped(board, [])
    case 'failed':
      return numbers.failures.add([...board.at(event.edge), event.code])
    case 'round':
      return takeRound(board, event)
    default:
  }
}

function takeRound(board: Board, event: AgentEvent & { kind: 'round' }): void {
  const { round, ms, atMs, schedule, limits } = event
  const { numbers } = board
  const at = board.at(event.edge)
  const loop = board.loops.get(event.edge)
  if (loop) Object.assign(loop, { schedule, limits })
  numbers.published.set(at, atMs / 1000)
  numbers.deferred.set(at, round.deferred.waiting)
  numbers.skew.set(at, event.edgeAheadMs / 1000)
  numbers.asOf.set(at, (round.edgeState.published?.asOfMs ?? 0) / 1000)
  numbers.counts.set(['Namespace'], round.snapshot.counts.namespaces)
  numbers.counts.set(['Service'], round.snapshot.counts.services)
  showSkipped(board, round.snapshot.skipped)
  if (round.kind === 'nothing') return
  numbers.publishes.add([...at, round.kind])
  numbers.bytes.add(at, round.bytes)
  numbers.writes.add(at, round.blobs + 1)
  board.duration.observe(at, ms / 1000)
}

function showHeld({ numbers, resources, at }: Board, edge: string, losses: readonly Loss[]): void {
  for (const kind of objectKindsOf(resources))
    numbers.held.set([...at(edge), kind], losses.find((loss) => loss.kind === kind)?.lost ?? 0)
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
