import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { output } from '../../../test/clients/program.ts'
import { askForReceiveBuffer } from './bun-receive-buffer.ts'

test('on Node nothing is changed, since its sockets have an option for it', async () => {
  assert.equal(await askForReceiveBuffer(0, 65_536), false)
})

const skip = await output('which', ['bun']).then(
  () => false,
  () => 'bun is not installed',
)

test('on Bun a socket gets the buffer', { skip }, async () => {
  const module = JSON.stringify(fileURLToPath(new URL('bun-receive-buffer.ts', import.meta.url)))
  const script = `
    const { askForReceiveBuffer } = await import(${module})
    const socket = await Bun.udpSocket({ socket: { data() {} } })
    console.log(await askForReceiveBuffer(socket.fd, 65536), await askForReceiveBuffer(-1, 65536))
    socket.close()`
  const stdout = await output('bun', ['-e', script])
  assert.equal(stdout, 'true false\n')
})
