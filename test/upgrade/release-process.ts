import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Running, startScript } from '../blackbox/command.ts'

/** The command of this release. */
export const ownMain = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** The files of one cluster and its edge, in one directory. */
export type Place = {
  readonly dir: string
  readonly key: string
  readonly config: string
  /** The access policy; undefined if the edge answers everybody. */
  readonly policy: string | undefined
  /** What follows /dns-query in the URL: a token, if there is a policy. */
  readonly path: string
}

/** Runs the command of a release; resolves to its stdout. Rejects when it does not exit with 0. */
export async function runRelease(main: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args])
  return stdout
}

/** Starts the edge of a release over plain HTTP on the data directory of a place. */
export function serveRelease(main: string, { dir, config }: Place, port = 0): Promise<Running> {
  const places = ['--data', join(dir, 'data'), '--listen', `127.0.0.1:${port}`, '--plain']
  return startScript([main, 'serve', '--config', config, ...places])
}

/** Publishes objects with the agent of a release. */
export async function syncRelease(
  main: string,
  edgeUrl: string,
  place: Place,
  objects: string,
): Promise<void> {
  const access = place.policy === undefined ? [] : ['--policy', place.policy]
  const target = ['--edge', new URL(edgeUrl).origin, '--cluster', 'dev', '--key', place.key]
  await runRelease(main, 'sync', ...target, '--from', objects, ...access)
}

/** The answer to a question for the addresses of web.prod: status of HTTP, RCODE and addresses. */
export async function askFor(
  edgeUrl: string,
  path: string,
): Promise<{ readonly status: number; readonly rcode?: number; readonly addresses: readonly string[] }> {
  const origin = new URL(edgeUrl).origin
  const response = await fetch(`${origin}/dns-query${path}?name=web.prod.svc.cluster.local&type=A`)
  if (response.status !== 200) return { status: response.status, addresses: [] }
  const { Status, Answer = [] } = (await response.json()) as {
    Status: number
    Answer?: { readonly data: string }[]
  }
  return { status: 200, rcode: Status, addresses: Answer.map(({ data }) => data) }
}

/** The addresses that an edge answers; the answer must be a positive one. */
export async function addressesAt(edgeUrl: string, path: string): Promise<readonly string[]> {
  const { status, rcode, addresses } = await askFor(edgeUrl, path)
  assert.deepEqual([status, rcode], [200, 0])
  return addresses
}

/** Objects of one Service, web.prod, with this address. */
export function objectsWith(address: string): string {
  return `apiVersion: v1
kind: Namespace
metadata: {name: prod}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: prod}
spec: {clusterIP: ${address}, clusterIPs: [${address}], type: ClusterIP, ports: [{name: http, port: 80}]}
`
}
