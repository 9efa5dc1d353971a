import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { root } from '../../dns/name.ts'
import { HostError } from '../errors.ts'
import { openDnsListeners } from './listeners.ts'
import { exchangeDatagrams, keptLog } from './udp-client.case.ts'

const start = { secrets: [new Uint8Array(16)], limits: {} } as const
const free = { host: '127.0.0.1', port: 0 }
const echo = ({ bytes }: { readonly bytes: Uint8Array }): Uint8Array => bytes

test('every address is answered until all are closed', async () => {
  const listeners = await openDnsListeners({ ...start, listen: [free, free] }, echo, keptLog())
  assert.equal(new Set(listeners.addresses.map(({ port }) => port)).size, 2)
  for (const address of listeners.addresses)
    assert.equal((await exchangeDatagrams(address, [queryBytes(root)])).length, 1)
  await listeners.close(1_000)
  for (const address of listeners.addresses)
    assert.equal((await exchangeDatagrams(address, [queryBytes(root)], { waitMs: 50 })).length, 0)
})

test('if one address cannot be listened on, none stays open', async () => {
  const first = await openDnsListeners({ ...start, listen: [free] }, echo, keptLog())
  const [taken = free] = first.addresses
  const other = { host: '127.0.0.2', port: taken.port }
  await assert.rejects(
    openDnsListeners({ ...start, listen: [other, taken] }, echo, keptLog()),
    (error) => error instanceof HostError && error.code === 'LISTEN_IN_USE',
  )
  await (await openDnsListeners({ ...start, listen: [other] }, echo, keptLog())).close(0)
  await first.close(0)
})
