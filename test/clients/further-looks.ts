import assert from 'node:assert/strict'
import type { Look } from './client.ts'
import { digServer, type Printed, type Server } from './dig.ts'

/** A question about one of the Services of the cases, and its check. */
type Further = {
  readonly title: string
  readonly name: string
  readonly type: string
  /** Returns the observation in a few words; throws when it is not the expected one. */
  readonly judge: (printed: Printed, zone: string) => string
}

const further: readonly Further[] = [
  { title: 'IPv6 only, A', name: 'six.default.svc', type: 'A', judge: assertNodata },
  { title: 'IPv4 only, AAAA', name: 'web.default.svc', type: 'AAAA', judge: assertNodata },
  { title: 'HTTPS', name: 'web.default.svc', type: 'TYPE65', judge: assertNodata },
  { title: 'SRV', name: '_http._tcp.web.default.svc', type: 'SRV', judge: assertSrv },
  { title: 'mixed case', name: 'WeB.dEfault.SVC', type: 'A', judge: assertAddress },
]

/** The questions for types without records, SRV and a name in mixed case, for a server that knows `zone`. */
export function furtherLooks(server: Server, zone: string): Look[] {
  return further.map(({ title, name, type, judge }) => ({
    title,
    see: async () => judge(await digServer(server, '-t', type, `${name}.${zone}`), zone),
  }))
}

function assertNodata({ status, answer }: Printed): string {
  assert.deepEqual([status, answer], ['NOERROR', []])
  return 'NODATA'
}

function assertSrv({ status, answer }: Printed, zone: string): string {
  assert.deepEqual(
    [status, answer.map((line) => line.replace(/^\S+ \d+ /, ''))],
    ['NOERROR', [`SRV 0 100 80 web.default.svc.${zone}.`]],
  )
  return 'SRV 0 100 80'
}

function assertAddress({ status, answer }: Printed): string {
  assert.deepEqual([status, answer.map((line) => line.split(' ').at(-1))], ['NOERROR', ['10.96.0.10']])
  return '10.96.0.10'
}
