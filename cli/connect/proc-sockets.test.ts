import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { boundSockets, processOf, readTable } from './proc-sockets.ts'

test('tables of Linux are read: bound UDP sockets and listening TCP sockets', () => {
  const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0035 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4 30 10 -1
`
  assert.deepEqual(readTable(tcp, 'tcp'), [
    { protocol: 'tcp', host: '127.0.0.1', port: 53, inode: '4711', uid: 101 },
  ])
  const udp6 =
    '  12: B80D0120000000000000000001000000:14E9 00000000000000000000000000000000:0000 07 0:0 00:0 0  0        0 99 2'
  assert.deepEqual(readTable(udp6, 'udp'), [
    { protocol: 'udp', host: '2001:db8::1', port: 5353, inode: '99', uid: 0 },
  ])
})

const linux = { skip: process.platform === 'linux' ? false : 'it reads /proc' }

test('the process of a bound socket is found', linux, async (t) => {
  const socket = dgram.createSocket('udp4')
  t.after(() => socket.close())
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  const found = (await boundSockets()).find((each) => each.protocol === 'udp' && each.port === port)
  assert.equal(found?.host, '127.0.0.1')
  assert.equal((await processOf(found.inode))?.pid, process.pid)
})
