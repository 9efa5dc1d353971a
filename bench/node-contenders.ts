import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startScript } from '../test/blackbox/command.ts'
import { startNodeEdge } from '../test/blackbox/node-edge.ts'
import { newKey, publishFile } from '../test/blackbox/publish.ts'
import type { Contender } from './contender.ts'

const bareServer = fileURLToPath(new URL('bare-server.ts', import.meta.url))

/** `kubedoh serve` with the sample cluster published, and a bare node:http2 server with the same certificate. */
export async function nodeContenders(): Promise<Contender[]> {
  const key = await newKey()
  const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
  const edge = await startNodeEdge({ public: true, clusters })
  await publishFile(edge, 'dev', key)
  const tls = dirname(edge.caFile)
  const floor = await startScript([bareServer, join(tls, 'server.pem'), join(tls, 'server-key.pem')])
  const stopFloor = async (): Promise<void> => void (await floor.stop())
  return [
    {
      name: 'kubedoh serve',
      url: `${edge.url}/dns-query`,
      process: edge.process,
      http1: false,
      stop: edge.stop,
    },
    { name: 'bare node:http2', url: floor.url, process: floor.process, http1: false, stop: stopFloor },
  ]
}
