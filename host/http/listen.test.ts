import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { HostError } from '../errors.ts'
import { listen, listenError } from './listen.ts'

test('on a machine without IPv6, all addresses are those of IPv4', async () => {
  const server = net.createServer()
  const real = server.listen.bind(server)
  const wanted: string[] = []
  // As a system that was booted with ipv6.disable=1 answers.
  server.listen = ((options: net.ListenOptions) => {
    wanted.push(options.host ?? '')
    if (options.host !== '::') return real({ ...options, host: '127.0.0.1' })
    const error = Object.assign(new Error('listen EAFNOSUPPORT'), { code: 'EAFNOSUPPORT' })
    process.nextTick(() => server.emit('error', error))
    return server
  }) as typeof server.listen
  const address = await listen(server, { host: '::', port: 0 })
  assert.deepEqual(wanted, ['::', '0.0.0.0'])
  assert.notEqual(address.port, 0)
  server.close()
})

test('an error names the address and how to mend it', () => {
  const cause = (code: string): Error => Object.assign(new Error(code), { code })
  const inUse = listenError({ host: '::1', port: 53 }, cause('EADDRINUSE'), 'UDP')
  assert.ok(inUse instanceof HostError)
  assert.match(
    inUse.message,
    /^cannot listen on \[::1\]:53 \(UDP\): another process listens on it; `ss -lnp sport = :53`/,
  )
  assert.doesNotMatch(listenError({ host: '::1', port: 8443 }, cause('EADDRINUSE')).message, /ss -lnp/)
  assert.match(
    listenError({ host: '0.0.0.0', port: 53 }, cause('EACCES')).message,
    /^cannot listen on 0\.0\.0\.0:53: no permission; .*NET_BIND_SERVICE$/,
  )
  assert.equal(listenError({ host: '0.0.0.0', port: 1 }, cause('EMFILE')).code, 'LISTEN_FAILED')
})
