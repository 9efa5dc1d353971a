import assert from 'node:assert/strict'
import { waitFor } from '../wait-for.ts'
import type { Background } from './background.ts'
import { assertWhole, type Case, hostOf } from './case.ts'
import type { Look, Session } from './client.ts'
import { digServer, type Printed, type Server } from './dig.ts'
import { furtherLooks } from './further-looks.ts'
import { withOutput } from './program.ts'
import { recipeZone } from './recipe.ts'
import { cases } from './services.ts'
import { type UsualResolver, usualAddress, usualName } from './usual-resolver.ts'

/** A DNS server that forwards to the edge, queried with dig. */
export type Forwarder = Server & {
  /** True if it sends names outside the recipes' zones to the usual resolver. */
  readonly splits: boolean
  /** Asserts that an answer is the one that this program derives from the edge's, by default the whole answer. Returns the observation in a few words. */
  readonly judge?: (one: Case, printed: Printed) => string
  readonly running: Background
  /** True if it is also asked for the types of further-looks.ts. */
  readonly isThorough?: boolean
}

const reverseName = '10.0.96.10.in-addr.arpa'
const owner = 'web.default.svc.cluster.local.'

/** Waits until a forwarder has its first answer. Throws with the end of its output when it has none. */
export async function openForwarder(given: Forwarder, usual: UsualResolver): Promise<Session> {
  const { running, splits, isThorough, judge = assertRecipeAnswer } = given
  const explain = (error: unknown): never => {
    throw withOutput(error, running.tail())
  }
  const [web] = cases
  assert.ok(web)
  const firstAnswer = async (): Promise<boolean> =>
    (await digServer(given, '+time=1', hostOf(web, recipeZone), 'A')).status === 'NOERROR'
  await waitFor('its first answer', firstAnswer).catch(async (error: unknown) => {
    await running.stop()
    explain(error)
  })
  await usual.takeNames()
  const looks = [
    ...(isThorough ? furtherLooks(given, recipeZone) : []),
    seeReverse(given),
    ...(splits ? [seeOther(given), seeNoLeak(usual)] : []),
  ]
  return {
    see: async (one) => {
      const printed = await digServer(given, hostOf(one, recipeZone), one.type).catch(explain)
      return judge(one, printed)
    },
    looks: looks.map(({ title, see }) => ({ title, see: () => see().catch(explain) })),
    close: () => running.stop(),
  }
}

function assertRecipeAnswer(one: Case, printed: Printed): string {
  return assertWhole(one, recipeZone, printed)
}

function seeReverse(server: Server): Look {
  return {
    title: 'PTR',
    async see() {
      const { status, answer } = await digServer(server, reverseName, 'PTR')
      assert.deepEqual([status, ...answer.map((line) => line.split(' ').at(-1))], ['NOERROR', owner])
      return owner
    },
  }
}

function seeOther(server: Server): Look {
  return {
    title: 'other names',
    async see() {
      const { answer } = await digServer(server, usualName, 'A')
      assert.deepEqual(
        answer.map((line) => line.split(' ').at(-1)),
        [usualAddress],
      )
      return usualAddress
    },
  }
}

/** The last check: no forward or reverse name of the cluster was sent to the usual resolver. */
function seeNoLeak(usual: UsualResolver): Look {
  return {
    title: 'no leak',
    async see() {
      const names = await usual.takeNames()
      assert.deepEqual(
        names.filter((name) => /k8s\.example|cluster\.local|in-addr\.arpa/.test(name)),
        [],
      )
      return 'none'
    },
  }
}
