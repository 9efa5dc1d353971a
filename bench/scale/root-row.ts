import { newKey } from '../../test/blackbox/publish.ts'
import type { Bench } from '../rounds.ts'
import { atMost, type Result, type Target } from '../row.ts'
import type { Servers } from '../servers.ts'
import { type AgentMemory, agentMemory } from './agent-memory.ts'
import { type RootSize, type RootSizes, rootSizes } from './root-size.ts'
import type { Width } from './wide-shape.ts'

/** The clusters of the row, the widest last. The first and the third have 110 pods on each node. */
const widest: Width = { services: 50_000, endpoints: 500_000, nodes: 5_000, families: 2 }
const widths: readonly Width[] = [
  { services: 10_000, endpoints: 100_000, nodes: 910, families: 1 },
  { services: 10_000, endpoints: 100_000, nodes: 5_000, families: 1 },
  { services: 50_000, endpoints: 500_000, nodes: 4_546, families: 1 },
  widest,
]

/**
 * Builds clusters of several widths without an API server, and measures their roots in both schemas; then runs an agent on the
 * widest.
 */
export async function rootRow(_servers: Servers, { dir, tell }: Bench): Promise<Result[]> {
  const key = await newKey()
  const measured: { readonly name: string; readonly sizes: RootSizes }[] = []
  for (const width of widths) {
    const name = nameOf(width)
    tell(`building ${name}`)
    measured.push({ name, sizes: await rootSizes(width, key) })
  }
  const last = measured.at(-1)?.sizes
  tell(`running an agent on ${nameOf(widest)}`)
  const memory = await agentMemory(widest, { dir, tell })
  return [
    {
      row: 'q',
      title: 'the root of wide clusters, in schema 1 and 2',
      scores: [],
      absent: [],
      targets: last ? targetsOf(last, memory) : [],
      facts: {
        ...Object.fromEntries(measured.flatMap(({ name, sizes }) => factsOf(name, sizes))),
        'agent on the widest cluster': showMemory(memory),
      },
    },
  ]
}

function targetsOf({ buildSeconds, two }: RootSizes, { peak }: AgentMemory): Target[] {
  return [
    atMost('one endpoint changed in the widest cluster, schema 2, KB sent', two.changeKilobytes, 60),
    atMost('check of the changed root and one bucket, schema 2, ms', two.verifyMs, 1),
    atMost('first build of the widest cluster, s of CPU', buildSeconds, 30),
    atMost('memory of the agent with the widest cluster, MB at most', peak, 450),
  ]
}

function showMemory({ first, peak, cpu }: AgentMemory): string {
  return `${first.toFixed(0)} MB after its first root, at most ${peak.toFixed(0)} MB; ${cpu.toFixed(1)} s of CPU until that root`
}

function nameOf({ services, endpoints, nodes, families }: Width): string {
  const count = (number: number): string => number.toLocaleString('en')
  const dual = families === 2 ? ', two families' : ''
  return `${count(services)} Services, ${count(endpoints)} endpoints, ${count(nodes)} nodes${dual}`
}

function factsOf(name: string, { blobs, buildSeconds, one, two }: RootSizes): [string, string][] {
  return [
    [name, `${blobs.toLocaleString('en')} blobs, first build ${buildSeconds.toFixed(1)} s of CPU`],
    [`  ${name}, schema 1`, show(one)],
    [`  ${name}, schema 2`, show(two)],
  ]
}

function show({ signedKilobytes, changeKilobytes, verifyMs }: RootSize): string {
  const figures = [
    `${signedKilobytes.toFixed(1)} KB signed`,
    `${changeKilobytes.toFixed(1)} KB sent for one endpoint`,
    `${verifyMs.toFixed(2)} ms to check`,
  ]
  return figures.join(', ')
}
