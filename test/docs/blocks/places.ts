import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { startApiServer } from '../../../bench/api-server.ts'
import { developmentCertificate } from '../../../host/tls/development-certificate.ts'
import { generateKey, importPrivateKey } from '../../../snapshot/key.ts'
import { tokenSha256 } from '../../../snapshot/policy/token.case.ts'
import { newToken } from '../../../snapshot/policy/token.ts'
import { parseObjects } from '../../../sync/files/parse-objects.ts'
import { run, start } from '../../blackbox/command.ts'
import { startUsualResolver } from '../../clients/usual-resolver.ts'
import { repositoryRoot } from '../../house/source.ts'
import { type PlaceName, placeNames } from './place-names.ts'
import type { BlockPlace } from './run-block.ts'

/*
 * The machines on which blocks run. Each is a network, mount and process namespace: addresses, ports, host names and paths of
 * a page are used as they are written, and nothing outside changes.
 */

/** The file of the sample cluster. */
export const sampleFile = join(repositoryRoot, 'examples', 'objects.yaml')
const edgeAddress = '192.0.2.80'
const names = ['edge.example.com', 'dns.example.com']
/** Answers plain DNS in docs/resolvers.md. */
const resolverAddress = '10.0.0.53'
/** The nameserver of the machine, which knows no name of the cluster. */
const usualAddress = '192.0.2.1'
/** The Service web in namespace prod of the sample. */
const webAddress = '10.96.137.100'

const preparations: Readonly<Record<PlaceName, (dir: string) => Promise<Partial<BlockPlace>>>> = {
  /** A checkout, in which `npm ci` has been run: the command itself does nothing here. */
  async checkout(dir) {
    const layer = (name: string): string => join(dir, `.${name}`)
    for (const name of ['upper', 'work', 'merged']) mkdirSync(layer(name))
    const layers = `lowerdir=${repositoryRoot},upperdir=${layer('upper')},workdir=${layer('work')}`
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, layer('merged')])
    program(dir, 'npm', '[ "$1" = ci ] || exec /usr/bin/env PATH="${PATH#*:}" npm "$@"')
    return { dir: layer('merged') }
  },

  /** A machine with npm and the kubedoh package in the directory. */
  async npm(dir) {
    const bin = join(dir, 'node_modules', '.bin')
    mkdirSync(bin, { recursive: true })
    copyFileSync(join(dir, 'bin', 'kubedoh'), join(bin, 'kubedoh'))
    return {}
  },

  /** A machine with `kubedoh up` running: the defaults, and the sample cluster. */
  async up(dir) {
    await start(['up', '--data', join(dir, '.kubedoh')])
    return {}
  },

  /** The edge's own machine, on which nothing runs: a certificate, and a configuration without a key that anyone has. And a cluster. */
  async machine(dir) {
    await certificate(dir)
    const { publicKey } = await importPrivateKey(await generateKey())
    writeFileSync(join(dir, 'edge.json'), configuration(publicKey, { public: true }))
    return { env: { KUBECONFIG: await kubeconfig(dir) } }
  },

  /** A laptop, and an edge with the sample cluster elsewhere. A policy lets everyone see all names; TOKEN has a token, `url` the URL with it. */
  async edge(dir) {
    await certificate(dir)
    const stored = await generateKey()
    writeFileSync(join(dir, 'agent.json'), JSON.stringify(stored), { mode: 0o600 })
    const { publicKey } = await importPrivateKey(stored)
    writeFileSync(join(dir, 'edge.json'), configuration(publicKey))
    const files = ['--tls-cert', join(dir, 'cert.pem'), '--tls-key', join(dir, 'key.pem')]
    const listen = ['--listen', `${edgeAddress}:443`, '--dns-listen', `${resolverAddress}:53`]
    const data = ['--config', join(dir, 'edge.json'), '--data', join(dir, '.edge')]
    await start(['serve', ...data, ...listen, ...files])
    const { token, policy } = openPolicy()
    writeFileSync(join(dir, '.policy'), policy)
    const address = `https://${names[0]}`
    const agent = ['--edge', address, '--cluster', 'prod', '--key', join(dir, 'agent.json')]
    const publish = ['--from', sampleFile, '--policy', join(dir, '.policy')]
    const { code, stderr } = await run(['sync', ...agent, ...publish])
    if (code !== 0) throw new Error(stderr)
    for (const file of ['url', 'edge-url'])
      writeFileSync(join(dir, file), `${address}/dns-query/${token}\n`, { mode: 0o600 })
    createServer((_request, response) => response.end('web\n')).listen(80, webAddress)
    return { env: { KUBECONFIG: await kubeconfig(dir) }, fillIns: { TOKEN: token } }
  },
}

/** Makes the place `name` in an empty directory. Throws Error for a name that is none. */
export async function preparePlace(name: string, dir: string): Promise<BlockPlace> {
  const known = placeNames.find((placeName) => placeName === name)
  if (!known) throw new Error(`no place "${name}": it is one of ${placeNames.join(', ')}`)
  prepareNetwork()
  overlay('/etc', '/opt', '/var/lib')
  writeFileSync('/etc/resolv.conf', `nameserver ${usualAddress}\n`)
  await startUsualResolver(usualAddress)
  mkdirSync(join(dir, 'home'))
  mkdirSync(join(dir, 'bin'))
  program(dir, 'kubedoh', `exec ${process.execPath} ${join(repositoryRoot, 'cli', 'kubedoh.mjs')} "$@"`)
  // Node reads it at the start, so this is for the programs that are started from here.
  process.env.NODE_EXTRA_CA_CERTS = join(dir, 'ca.pem')
  const place = await preparations[known](dir)
  const trusted = existsSync(join(dir, 'ca.pem')) && { NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem') }
  const path = `${join(dir, 'bin')}:${process.env.PATH}`
  const env = { PATH: path, HOME: join(dir, 'home'), ...trusted, ...place.env }
  return { dir: place.dir ?? dir, env, fillIns: place.fillIns ?? {} }
}

function prepareNetwork(): void {
  const addresses = [edgeAddress, resolverAddress, webAddress, usualAddress]
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  for (const address of addresses) execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo'])
}

/** Makes directories of this mount namespace writable without an effect on the machine. */
function overlay(...places: string[]): void {
  const layers = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim()
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', layers])
  for (const [index, place] of places.entries()) {
    const layer = (name: string): string => join(layers, `${index}-${name}`)
    for (const name of ['upper', 'work']) mkdirSync(layer(name))
    const option = `lowerdir=${place},upperdir=${layer('upper')},workdir=${layer('work')}`
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', option, place])
  }
}

/** A program in the first directory of PATH. */
function program(dir: string, name: string, text: string): void {
  const file = join(dir, 'bin', name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
}

/** cert.pem and key.pem for the edge's names, which this machine trusts, under the names that the pages have for them. */
async function certificate(dir: string): Promise<void> {
  const made = await developmentCertificate(join(dir, '.tls'), [...names, '*.dns.example.com'])
  writeFileSync(join(dir, 'ca.pem'), readFileSync(made.caFile))
  for (const prefix of ['', 'tls-']) {
    writeFileSync(join(dir, `${prefix}cert.pem`), made.certPem)
    writeFileSync(join(dir, `${prefix}key.pem`), made.keyPem, { mode: 0o600 })
  }
  appendFileSync('/etc/ssl/certs/ca-certificates.crt', readFileSync(made.caFile))
  appendFileSync('/etc/hosts', `\n${edgeAddress} ${names.join(' ')}\n`)
}

/** The text of edge.json for the cluster prod. */
function configuration(publicKey: string, others: object = {}): string {
  const zones = ['cluster.local', 'k8s.example.com']
  const cluster = { id: 'prod', keys: [publicKey], zones, reverse: ['10.96.0.0/12', '172.16.0.0/12'] }
  return JSON.stringify({ ...others, clusters: [cluster] })
}

/** A policy that lets everyone see all names, and a token of it. JSON is YAML. */
function openPolicy(): { token: string; policy: string } {
  const token = newToken('prod', (bytes) => new Uint8Array(randomBytes(bytes.length)))
  const entry = { name: 'reader', sha256: tokenSha256(token), all: true }
  return { token, policy: JSON.stringify({ version: 1, tokens: [entry], anonymous: { all: true } }) }
}

/** ~/.kube/config for a stand-in of an API server with the sample cluster. */
async function kubeconfig(dir: string): Promise<string> {
  const text = readFileSync(sampleFile, 'utf8')
  const { Namespace, Service, EndpointSlice } = parseObjects([{ name: 'the sample', text }])
  const objects = { namespaces: Namespace, services: Service, slices: EndpointSlice } as Parameters<
    typeof startApiServer
  >[0]
  const api = await startApiServer({ ...objects, names: [], records: [] })
  mkdirSync(join(dir, 'home', '.kube'))
  const file = join(dir, 'home', '.kube', 'config')
  writeFileSync(file, api.kubeconfig, { mode: 0o600 })
  return file
}
