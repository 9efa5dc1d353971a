import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { freePorts } from '../../test/free-ports.ts'
import { connect } from './connect.ts'

test('a listening port is open, another one refuses', async (t) => {
  const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const [free = 0] = await freePorts(1)
  assert.equal((await connect('127.0.0.1', (server.address() as AddressInfo).port, 5_000)).outcome, 'open')
  assert.equal((await connect('127.0.0.1', free, 5_000)).outcome, 'refused')
})
