import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { text as readText } from 'node:stream/consumers'
import { test } from 'node:test'
import { typeText } from '../../dns/text/mnemonic.ts'
import { messageVectors, type RdataVector, zoneVectors } from '../../dns/text/rdata-vectors.case.ts'
import { output, skipWithout } from '../clients/program.ts'

/* The text of rdata, compared with BIND's. */

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** What named-rrchecker prints for an rdata that it gets in the generic form. */
async function checkerText([type, rdata]: RdataVector): Promise<string> {
  const child = spawn('named-rrchecker', ['-p'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const bytes = bytesOf(rdata)
  child.stdin.end(`IN TYPE${type} \\# ${bytes.length} ${bytes.toString('hex')}\n`)
  const printed = await readText(child.stdout)
  return printed.trimEnd().split('\t').slice(2).join(' ')
}

test('records of a zone file have the text that named-rrchecker prints', async (t) => {
  const skip = await skipWithout('named-rrchecker')
  if (skip) return t.skip(skip)
  const printed = []
  for (const vector of zoneVectors) printed.push(`${typeText(vector[0])} ${await checkerText(vector)}`)
  assert.deepEqual(
    printed,
    zoneVectors.map(([type, , expected]) => `${typeText(type)} ${expected}`),
  )
})

/** A server that answers every query with one record of the class ANY in the additional section. */
async function startServer([type, rdata]: RdataVector): Promise<Socket> {
  const bytes = bytesOf(rdata)
  const server = createSocket('udp4')
  server.on('message', (query, { port, address }) => {
    const record = Buffer.alloc(11)
    record.writeUInt16BE(type, 1)
    record.writeUInt16BE(255, 3)
    record.writeUInt16BE(bytes.length, 9)
    const head = Buffer.from(
      `${query.toString('hex', 0, 2)} 8180 0001 0000 0000 0001`.replaceAll(' ', ''),
      'hex',
    )
    server.send(Buffer.concat([head, query.subarray(12), record, bytes]), port, address)
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

test('TKEY and TSIG have the text that dig prints', async (t) => {
  const skip = await skipWithout('dig')
  if (skip) return t.skip(skip)
  for (const vector of messageVectors) {
    const [type, , expected] = vector
    const server = await startServer(vector)
    try {
      const printed = await output('dig', [
        ...['@127.0.0.1', '-p', String(server.address().port), '+noedns', '+tries=1', '+time=5'],
        ...['name.test', 'A'],
      ])
      const line =
        new RegExp(`^\\.\\s+0\\s+ANY\\s+${typeText(type)}\\s+(.*)$`, 'm').exec(printed)?.[1] ?? printed
      // Where the data is empty dig prints two spaces, or one at the end.
      assert.equal(line.trim().replaceAll(/ +/g, ' '), expected)
    } finally {
      server.close()
    }
  }
})
