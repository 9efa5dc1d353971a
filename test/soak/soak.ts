import { setTimeout as sleep } from 'node:timers/promises'
import type { Cleanup } from '../../bench/cleanup.ts'
import { lineOf, type RunningAgent, startAgent } from '../../bench/scale/agent.ts'
import { headlessSlices } from '../../bench/scale/changes.ts'
import { type AddressClient, hasAddress, openDoh } from '../../bench/scale/dns-client.ts'
import { shapeOf } from '../../bench/shape.ts'
import { run } from '../blackbox/command.ts'
import { waitFor } from '../wait-for.ts'
import { type Churn, startChurn } from './address-changes.ts'
import { type SoakCluster, startPlane, startStandIn } from './cluster.ts'
import { type SoakEdge, startSoakEdge } from './edge.ts'
import { heapSeries, type Look, processSeries, timerSeries } from './figures.ts'
import { heapAfter, traceCollections } from './gc-trace.ts'
import { judge, type Sample, type Verdict } from './leaks.ts'
import { databaseMb, type ProcessUsage, usageOf } from './process.ts'
import { countTimers, timersWaiting } from './timers.ts'

/** Options of a soak. */
export type SoakOptions = {
  readonly minutes: number
  /** Each has ten endpoints. */
  readonly services: number
  readonly changesPerSecond: number
  /** Use the minimal API server instead of a real control plane. */
  readonly standIn: boolean
}

/** The result. `broken` lists violated requirements other than growth. */
export type Outcome = {
  readonly verdicts: readonly Verdict[]
  readonly broken: readonly string[]
  readonly facts: Readonly<Record<string, string>>
}

type World = {
  readonly dir: string
  readonly cleanup: Cleanup
  readonly tell: (line: string) => void
  readonly signal: AbortSignal
}

type Scene = {
  readonly cluster: SoakCluster
  readonly edge: SoakEdge
  readonly agent: RunningAgent
  /** The agent's heap after each collection so far, in MB. */
  readonly heap: readonly Sample[]
  /** Samples of the number of its active timers. */
  readonly timers: readonly Sample[]
  readonly churn: Churn
}

const cluster = 'soak'
const endpointsEach = 10

/** The number of samples. */
const looks = 240

/** How often all watches end, over the whole time, and how often the edge is restarted, within the first half. Short runs have fewer. */
const interruptions = { most: 24, everyMs: 20_000 }
const restarts = { most: 6, everyMs: 30_000 }

/** Allowed size of the store per published byte, for SQLite's pages and log. */
const storeFactor = 2
const storeFloorMb = 40

/** Runs agent and edge until the time is over or the signal aborts, and judges their figures. Throws what the start throws. */
export async function soak(options: SoakOptions, world: World): Promise<Outcome> {
  const scene = await begin(options, world)
  const seen = await course(scene, options, world)
  await scene.churn.end()
  const broken = [...(await lastChangesMissing(scene, world)), ...(await storeTooLarge(scene))]
  const { agent, churn } = scene
  return {
    verdicts: [
      ...heapSeries(scene.heap, scene.edge.heap()),
      ...timerSeries(scene.timers, scene.edge.timers()),
      ...processSeries(seen),
    ].map(judge),
    broken,
    facts: {
      changes: String(churn.count()),
      publishes: String(agent.published().length),
      published: `${publishedMb(agent).toFixed(1)} MB`,
      'watches begun': String(await watchesOf(agent)),
      store: `${(await databaseMb(scene.edge.databaseFile)).toFixed(1)} MB`,
    },
  }
}

async function begin({ services, changesPerSecond, standIn }: SoakOptions, world: World): Promise<Scene> {
  const { dir, cleanup, tell } = world
  const shape = shapeOf(services, services * endpointsEach)
  const source = standIn ? await startStandIn(shape, dir, cleanup) : await startPlane(shape, cleanup, tell)
  const keyFile = `${dir}/key.json`
  const publicKey = (await run(['key', 'new', '--out', keyFile])).stdout.trim()
  const edge = await startSoakEdge(cluster, publicKey, dir, cleanup)
  const place = { kubeconfig: source.kubeconfig, edgeUrl: edge.url, caFile: edge.caFile, keyFile, cluster }
  const heap: Sample[] = []
  const timers: Sample[] = []
  const agent = startAgent(place, [...traceCollections, ...countTimers], (line) => {
    heap.push(...heapAfter(line))
    timers.push(...timersWaiting(line))
  })
  cleanup.add(agent.stop)
  await lineOf(agent, 'published')
  const churn = startChurn(source, headlessSlices(shape), changesPerSecond)
  cleanup.add(churn.end)
  return { cluster: source, edge, agent, heap, timers, churn }
}

/** Takes samples, and ends watches and restarts the edge in between. */
async function course(scene: Scene, { minutes }: SoakOptions, { tell, signal }: World): Promise<Look[]> {
  const { edge, agent } = scene
  const totalMs = minutes * 60_000
  const everyMs = totalMs / looks
  const isInterrupted = spread(timesIn(totalMs, interruptions), looks)
  const isRestarted = spread(timesIn(totalMs / 2, restarts), looks / 2)
  const beganMs = performance.now()
  const seen: Look[] = []
  for (let index = 0; index < looks && !signal.aborted; index++) {
    if (isInterrupted(index)) await scene.cluster.interrupt()
    if (isRestarted(index)) await edge.restart()
    const atMs = performance.now() - beganMs
    const [ofAgent, ofEdge] = await Promise.all([usageOf(agent.pid), usageOf(edge.pid())])
    seen.push({ atMs, agent: ofAgent, edge: ofEdge, edgePid: edge.pid() })
    if (index % (looks / 20) === 0) tell(progress(index / looks, scene, ofAgent, ofEdge))
    const waitMs = beganMs + (index + 1) * everyMs - performance.now()
    await sleep(Math.max(0, waitMs), undefined, { signal }).catch(() => undefined)
  }
  return seen
}

/** The number of repetitions of something in a time; at least one. */
function timesIn(
  totalMs: number,
  { most, everyMs }: { readonly most: number; readonly everyMs: number },
): number {
  return Math.min(most, Math.max(1, Math.floor(totalMs / everyMs)))
}

/** A function that is true for `times` steps, spread evenly over the first `steps`, without the first one. */
function spread(times: number, steps: number): (step: number) => boolean {
  const chosen = new Set(
    Array.from({ length: times }, (_, at) => Math.floor(((at + 1) * steps) / (times + 1))),
  )
  return (step) => chosen.has(step)
}

function progress(
  part: number,
  { churn, agent }: Scene,
  ofAgent: ProcessUsage,
  ofEdge: ProcessUsage,
): string {
  const of = ({ residentMb, files }: ProcessUsage): string => `${residentMb.toFixed(0)} MB, ${files} files`
  const work = `${churn.count()} changes, ${agent.published().length} publishes`
  return `${(part * 100).toFixed(0)} %  ${work}; agent ${of(ofAgent)}; edge ${of(ofEdge)}`
}

/** Checks that the last changes are answered, since a process that has stopped working does not leak. */
async function lastChangesMissing({ churn, edge }: Scene, { signal }: World): Promise<string[]> {
  if (signal.aborted) return []
  const client = await openDoh(`${edge.url}/dns-query`, edge.caFile)
  try {
    const latest = [...churn.latest()].slice(-20)
    if (latest.length === 0) return ['the cluster took no change']
    await waitFor('the last changes are answered', () => allAnswered(client, latest))
    return []
  } catch (error) {
    return [String(error)]
  } finally {
    client.close()
  }
}

async function allAnswered(
  client: AddressClient,
  wanted: readonly (readonly [name: string, address: string])[],
): Promise<boolean> {
  for (const [name, address] of wanted) {
    const answer = await client.ask(name)
    if (!answer || !hasAddress(answer, address)) return false
  }
  return true
}

/** Replaced blobs are kept for a day, so the store grows, but not beyond the published bytes. */
async function storeTooLarge({ agent, edge }: Scene): Promise<string[]> {
  const megabytes = await databaseMb(edge.databaseFile)
  const most = storeFloorMb + publishedMb(agent) * storeFactor
  if (megabytes <= most) return []
  return [
    `the store has ${megabytes.toFixed(0)} MB, more than the ${most.toFixed(0)} MB that the published snapshots explain`,
  ]
}

function publishedMb(agent: RunningAgent): number {
  return agent.published().reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20
}

async function watchesOf(agent: RunningAgent): Promise<number> {
  const resource = 'endpointslices'
  return (await agent.sample(`kubedoh_reflector_watches_total{resource="${resource}"}`)) ?? 0
}
