import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { load } from 'js-yaml'
import { usualAddress, usualName } from '../clients/usual-resolver.ts'
import { repositoryRoot } from '../house/source.ts'
import type { AppReport, Compose } from './inside-compose.ts'
import { noNamespaces } from './namespaces.ts'

/* examples/docker and examples/devcontainer. Namespaces are stand-ins for containers: no container engine is needed. */

const execute = promisify(execFile)
const skip = await noNamespaces()
const example = (file: string): Promise<string> => readFile(join(repositoryRoot, 'examples', file), 'utf8')

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-docker-'))
})
after(() => rm(dir, { recursive: true }))

test('with the options of compose.yaml, the app finds names of the cluster and all others', {
  skip,
}, async () => {
  const file = join(dir, 'report.json')
  const inside = [process.execPath, join(import.meta.dirname, 'inside-compose.ts'), file]
  await execute('unshare', ['--net', '--mount', ...inside])
  const { inside: found, outside, asked } = JSON.parse(await readFile(file, 'utf8')) as AppReport
  assert.equal(found, '10.96.0.1')
  assert.equal(outside, usualAddress)
  assert.ok(asked.includes(usualName))
  assert.ok(!asked.some((name) => name.endsWith('cluster.local')))
})

test('compose.yaml gives the app the address of the stub, and the dev container adds to the same service', async () => {
  const compose = load(await example('docker/compose.yaml')) as Compose
  const address = compose.services.kubedoh.networks.names.ipv4_address
  assert.deepEqual(compose.services.app.dns, [address])
  assert.ok(compose.services.kubedoh.command.includes(`--listen=${address}:53`))
  const container = JSON.parse(await example('devcontainer/devcontainer.json')) as {
    service: string
    workspaceFolder: string
  }
  const more = load(await example('devcontainer/workspace.yaml')) as {
    services: Record<string, { volumes: string[] }>
  }
  assert.ok(container.service in compose.services)
  assert.deepEqual(more.services[container.service]?.volumes, [`..:${container.workspaceFolder}`])
})
