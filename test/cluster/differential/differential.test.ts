import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { start } from '../../blackbox/command.ts'
import { createRandom } from '../../seeded-random.ts'
import { type Available, availableCluster } from '../available-cluster.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type Api, apiOf, listObjects } from './api.ts'
import { makeChanges } from './change.ts'
import { marked, type Sides, settled } from './compare-until-equal.ts'
import { askOracle } from './coredns-client.ts'
import { connectEdge } from './edge-client.ts'
import { compareLanguages } from './encodings.ts'
import { createGenerator } from './generator.ts'
import type { Change, KubeObject } from './object.ts'
import { oddities } from './oddities.ts'
import { drawQuestions } from './questions.ts'
import { reproduction, roundText } from './report.ts'
import { refusedAddresses } from './sample-names.ts'

/*
 * Objects of every kind that the API server takes, made and changed by chance; after every round kubedoh and
 * CoreDNS, which watch the same API server, are asked the same thousands of questions. KUBEDOH_SEED repeats a run,
 * KUBEDOH_ROUNDS makes it longer.
 */
const seed = Number(process.env.KUBEDOH_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = Number(process.env.KUBEDOH_ROUNDS ?? 3)
/** Options of both sides, and the number of rounds with them; the objects continue from one to the next. */
const modes = [
  { pods: 'disabled', endpointPodNames: false, rounds: rounds + 1 },
  { pods: 'verified', endpointPodNames: true, rounds: Math.ceil(rounds / 2) },
] as const
const pairs = 5_500
const leastPairs = 5_000
/** The maximum share of refused changes: more would mean that the generator does not follow the API server's rules. */
const refusedAtMost = 0.02

let available: Available

before(
  async () => {
    available = await availableCluster(process.env, {
      dualStackPods: true,
    })
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  if (available?.cluster?.owned) await available.cluster.stop()
})

test(`kubedoh gives the same answers as CoreDNS, seed ${seed}`, async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: that cluster is not for odd objects')
  const story = createStory(apiOf(cluster), (line) => t.diagnostic(line))
  for (const mode of modes)
    await withSides(cluster, mode, async (sides) => {
      for (let count = 0; count < mode.rounds; count++) await story.round(sides, mode.pods)
    })
  story.end()
  t.diagnostic(`${await compareLanguages(cluster.kubeconfig)} objects are the same as JSON and as Protobuf`)
})

test('addresses that older API servers accepted are refused, so rounds need not have them', async (t) => {
  const { cluster } = available
  if (!cluster?.owned) return t.skip('no control plane of our own')
  const api = apiOf(cluster)
  for (const [index, address] of refusedAddresses.entries()) {
    const object: KubeObject = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `refused-${index}`, namespace: 'default' },
      addressType: address.includes(':') ? 'IPv6' : 'IPv4',
      endpoints: [{ addresses: [address] }],
    }
    const change: Change = { verb: 'create', object, oddities: [] }
    const refused = await makeChanges(api, [[change]], () => {})
    assert.equal(refused.length, 1, address)
  }
})

/** Starts kubedoh and CoreDNS with the options of a mode, and ends kubedoh after `run`. */
async function withSides(
  cluster: ControlPlane,
  { pods, endpointPodNames }: (typeof modes)[number],
  run: (sides: Sides) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-differential-'))
  const edge = await start([
    ...['up', '--kubeconfig', cluster.kubeconfig, '--data', dir, '--listen', '127.0.0.1:0'],
    ...['--reverse', '0.0.0.0/0', '--reverse', '::/0', '--pods', pods],
    ...(endpointPodNames ? ['--endpoint-pod-names'] : []),
  ])
  const client = connectEdge(edge.url, join(dir, 'tls', 'ca.pem'))
  try {
    const settings = endpointPodNames ? ['endpoint_pod_names'] : []
    const { dnsPort } = await cluster.startCoredns({ ttlSeconds: 5, pods, settings })
    const coredns: Sides['coredns'] = (questions) => askOracle(dnsPort, questions)
    await run({ api: apiOf(cluster), coredns, kubedoh: client.ask, endpointPodNames })
  } finally {
    client.close()
    await edge.stop()
    await rm(dir, { recursive: true })
  }
}

/** The rounds of one seed, and their results. */
function createStory(api: Api, tell: (line: string) => void) {
  const random = createRandom(seed)
  const generator = createGenerator(random.fork())
  const asking = random.fork()
  const seen = new Set<string>()
  let next = 0
  let made = 0
  let refused = 0
  const accepted = (change: Change): void => {
    generator.accepted(change)
    made++
    for (const oddity of change.oddities) seen.add(oddity)
  }
  return {
    async round(sides: Sides, pods: string): Promise<void> {
      const round = next++
      const begun = performance.now()
      const phases = round === 0 ? generator.first() : generator.round(round)
      const refusals = await makeChanges(api, phases, accepted)
      refused += refusals.length
      for (const { message } of refusals) tell(`refused: ${message}`)
      await marked(sides, round)
      const questions = drawQuestions(asking, await listObjects(api), pairs)
      const { compared, objects } = await settled(sides, questions)
      const standing = { seed, round, rounds, pods }
      tell(`${roundText(standing, compared)}, ${((performance.now() - begun) / 1000).toFixed(1)} s`)
      const mismatches = compared.filter(({ verdict }) => verdict.kind === 'mismatch')
      if (mismatches.length > 0) assert.fail(reproduction(standing, mismatches, objects))
      assert.ok(compared.length >= leastPairs, `only ${compared.length} pairs in round ${round}`)
    },
    end(): void {
      tell(`${made} changes accepted, ${refused} refused`)
      assert.ok(refused <= refusedAtMost * made, `${refused} changes refused, ${made} accepted`)
      const missing = oddities.filter((oddity) => !seen.has(oddity))
      assert.deepEqual(missing, [], 'oddities that no round had')
    },
  }
}
