import assert from 'node:assert/strict'
import { assertPart, type Case, hostOf, isMissing } from './case.ts'
import type { Client, Look, Session } from './client.ts'
import { digServer, type Target } from './dig.ts'
import { openForwarder } from './forwarder.ts'
import { openForwarding } from './forwarding.ts'
import { type Library, libraries } from './libraries.ts'
import { output } from './program.ts'
import { usualServer, recipeZone as zone } from './recipe.ts'
import { connectStub, startConnect, stubAt } from './stub.ts'
import { usualName } from './usual-resolver.ts'

const own = { zone, programs: [process.execPath, 'dig'], version: () => Promise.resolve('') }

/** `kubedoh connect`, asked by dig: it answers its zones and refuses other names. */
export const connectZones: Client = {
  ...own,
  name: 'kubedoh connect',
  async open(edge, usual) {
    const running = connectStub.start(edge)
    const session = await openForwarder({ ...stubAt, splits: false, isThorough: true, running }, usual)
    return { ...session, looks: [...(session.looks ?? []), refusesOther] }
  },
}

const refusesOther: Look = {
  title: 'other names',
  async see() {
    const { status } = await digServer(stubAt, usualName, 'A')
    assert.equal(status, 'REFUSED')
    return status
  },
}

/** `kubedoh connect` with another resolver for other names, asked by dig. */
export const connectForward: Client = {
  ...own,
  name: 'kubedoh connect --mode forward',
  open(edge, usual) {
    const running = startConnect(edge, stubAt, ['--mode', 'forward', '--resolver', usualServer])
    return openForwarder({ ...stubAt, splits: true, isThorough: true, running }, usual)
  },
}

/** The libraries of most programs, on a machine whose only nameserver is `kubedoh connect`. */
export const librariesBehindConnect: readonly Client[] = libraries.map((library) => ({
  name: `${library.name} behind kubedoh connect`,
  zone,
  programs: [...library.programs, 'dig'],
  version: library.version,
  open: (edge) => openLibrary(library, edge),
}))

async function openLibrary(library: Library, edge: Target): Promise<Session> {
  const [program = '', ...args] = await library.prepare()
  const lookUp = async (name: string): Promise<string[]> =>
    (await output(program, [...args, name])).trim().split('\n').map(canonical)
  const { looks, explain, close } = await openForwarding(edge, lookUp)
  return {
    async see(one) {
      try {
        return assertFound(one, await lookUp(hostOf(one, zone)), library.most)
      } catch (error) {
        throw explain(error)
      }
    },
    looks,
    close,
  }
}

/** Java prints IPv6 addresses uncompressed. */
function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address
}

/**
 * Asserts that a lookup program printed all addresses of a case, or `most` of them where its library finds no more; 'not
 * found' for a missing name. Returns the observation in a few words.
 */
export function assertFound(one: Case, printed: readonly string[], most = Number.POSITIVE_INFINITY): string {
  if (!isMissing(one)) return assertPart(one, printed, Math.min(most, one.addresses.length))
  assert.deepEqual(printed, ['not found'])
  return 'not found'
}
