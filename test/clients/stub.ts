import { fileURLToPath } from 'node:url'
import { type Background, background } from './background.ts'
import type { Server, Target } from './dig.ts'
import { recipeArguments } from './recipe.ts'

/** A program on this machine that asks the edge for resolvers without DoH. */
export type Stub = {
  readonly name: string
  /** The program that must be on the machine. */
  readonly program: string
  /** Starts it on the recipes' port. */
  start(edge: Target): Background
}

/** Where stubs listen in the recipes. */
export const stubAt: Server = { address: '127.0.0.1', port: 5353 }

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** AdGuard's dnsproxy, as in docs/clients.md: it sends other names to the usual resolver. */
export function dnsproxyStub(program: string): Stub {
  return {
    name: 'dnsproxy',
    program,
    start: ({ url, caFile }) =>
      background(program, recipeArguments('dnsproxy', url), { SSL_CERT_FILE: caFile }),
  }
}

/** `kubedoh connect`, which refuses other names. */
export const connectStub: Stub = {
  name: 'kubedoh connect',
  program: process.execPath,
  start: (edge) => startConnect(edge, stubAt),
}

/** Starts `kubedoh connect` on an address, without a state file of an earlier run. */
export function startConnect(
  { url, caFile }: Target,
  { address, port }: Server,
  options: readonly string[] = [],
): Background {
  const args = [
    'connect',
    url,
    '--ca',
    caFile,
    '--listen',
    `${address}:${port}`,
    '--state',
    'none',
    ...options,
  ]
  return background(process.execPath, [main, ...args])
}
