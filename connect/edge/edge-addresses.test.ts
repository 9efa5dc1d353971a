import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { type AddressParts, createEdgeAddresses } from './edge-addresses.ts'

function setUp(changes: Partial<AddressParts> = {}) {
  const found: string[][] = []
  const lookedUp: string[] = []
  const world = { answer: async (): Promise<string[]> => ['192.0.2.1'] }
  const addresses = createEdgeAddresses({
    hostname: 'dns.example.com',
    given: [],
    last: [],
    lookUp(hostname) {
      lookedUp.push(hostname)
      return world.answer()
    },
    onFound: (all) => found.push([...all]),
    ...changes,
  })
  return { addresses, world, found, lookedUp }
}

test('the host is looked up for each connection, and other addresses are reported once', async () => {
  const { addresses, world, found, lookedUp } = setUp()
  assert.deepEqual(await addresses.find(), ['192.0.2.1'])
  await addresses.find()
  world.answer = async () => ['192.0.2.2', '2001:db8::2']
  assert.deepEqual(await addresses.find(), ['192.0.2.2', '2001:db8::2'])
  assert.deepEqual(addresses.known(), ['192.0.2.2', '2001:db8::2'])
  assert.deepEqual(found, [['192.0.2.1'], ['192.0.2.2', '2001:db8::2']])
  assert.equal(lookedUp.length, 3)
})

test('the last known addresses are used if the look-up fails, finds none or takes too long', async () => {
  const { addresses, world } = setUp({ last: ['192.0.2.9'] })
  world.answer = () => Promise.reject(new Error('no resolver'))
  assert.deepEqual(await addresses.find(), ['192.0.2.9'])
  world.answer = async () => []
  assert.deepEqual(await addresses.find(), ['192.0.2.9'])
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    world.answer = () => new Promise(() => {})
    const waiting = addresses.find()
    mock.timers.tick(2_000)
    assert.deepEqual(await waiting, ['192.0.2.9'])
  } finally {
    mock.timers.reset()
  }
})

test('without any address, the reason of the look-up is the error', async () => {
  const { addresses, world } = setUp()
  world.answer = () => Promise.reject(new Error('no resolver'))
  await assert.rejects(addresses.find(), /no resolver/)
  world.answer = async () => []
  await assert.rejects(addresses.find(), /dns\.example\.com has no address/)
})

test('an address in the URL and addresses of the user are never looked up', async () => {
  for (const changes of [{ hostname: '2001:db8::7' }, { given: ['2001:db8::7'] }]) {
    const { addresses, lookedUp } = setUp(changes)
    assert.deepEqual(await addresses.find(), ['2001:db8::7'])
    assert.deepEqual(lookedUp, [])
  }
})
