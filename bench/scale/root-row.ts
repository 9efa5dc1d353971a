import { newKey } from '../../test/blackbox/publish.ts'
import type { Bench } from '../rounds.ts'
import { atMost, type Result } from '../row.ts'
import type { Servers } from '../servers.ts'
import { type RootSize, rootSizes } from './root-size.ts'
import type { Width } from './wide-shape.ts'

/** The clusters of the row, the widest last. The first and the third have 110 pods on each node. */
const widths: readonly Width[] = [
  { services: 10_000, endpoints: 100_000, nodes: 910, families: 1 },
  { services: 10_000, endpoints: 100_000, nodes: 5_000, families: 1 },
  { services: 50_000, endpoints: 500_000, nodes: 4_546, families: 1 },
  { services: 50_000, endpoints: 500_000, nodes: 5_000, families: 2 },
]

/** Builds clusters of several widths without an API server, and measures their roots in both schemas. */
export async function rootRow(_servers: Servers, { tell }: Bench): Promise<Result[]> {
  const key = await newKey()
  const facts: Record<string, string> = {}
  let widest: RootSize | undefined
  let buildSeconds = 0
  for (const width of widths) {
    tell(`building ${nameOf(width)}`)
    const sizes = await rootSizes(width, key)
    facts[nameOf(width)] =
      `${sizes.blobs.toLocaleString('en')} blobs, first build ${sizes.buildSeconds.toFixed(1)} s of CPU`
    facts[`  ${nameOf(width)}, schema 1`] = show(sizes.one)
    facts[`  ${nameOf(width)}, schema 2`] = show(sizes.two)
    widest = sizes.two
    buildSeconds = sizes.buildSeconds
  }
  const { changeKilobytes = 0, verifyMs = 0 } = widest ?? {}
  return [
    {
      row: 'q',
      title: 'the root of wide clusters, in schema 1 and 2',
      scores: [],
      absent: [],
      targets: [
        atMost('one endpoint changed in the widest cluster, schema 2, KB sent', changeKilobytes, 60),
        atMost('check of the changed root and one bucket, schema 2, ms', verifyMs, 1),
        atMost('first build of the widest cluster, s of CPU', buildSeconds, 30),
      ],
      facts,
    },
  ]
}

function nameOf({ services, endpoints, nodes, families }: Width): string {
  const count = (number: number): string => number.toLocaleString('en')
  const dual = families === 2 ? ', two families' : ''
  return `${count(services)} Services, ${count(endpoints)} endpoints, ${count(nodes)} nodes${dual}`
}

function show({ signedKilobytes, changeKilobytes, verifyMs }: RootSize): string {
  const figures = [
    `${signedKilobytes.toFixed(1)} KB signed`,
    `${changeKilobytes.toFixed(1)} KB sent for one endpoint`,
    `${verifyMs.toFixed(2)} ms to check`,
  ]
  return figures.join(', ')
}
