import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Running, start } from '../blackbox/command.ts'
import { dnsPlaces, everyTransport } from '../blackbox/dns-places.ts'
import type { DnsPlaces } from '../blackbox/edge-under-test.ts'
import type { DnsPlace } from '../dns-client.ts'

/** The addresses that floods attack. */
export type Places = { readonly tcp: DnsPlace; readonly dot: DnsPlace }

/** A server under attack. */
export type Target = Places & {
  readonly dns: DnsPlaces
  /** Resident memory, in MiB. Linux only. */
  residentMib(): Promise<number>
  stop(): Promise<void>
}

/** Starts `kubedoh up` with the sample cluster and a data directory, over every transport. */
export async function startTarget(dir: string, maxConnections: number): Promise<Target> {
  const places = ['--data', dir, '--listen', '127.0.0.1:0', ...everyTransport]
  const up: Running = await start(['up', ...places, '--max-connections', String(maxConnections)])
  const dns = dnsPlaces(up.stdout, await readFile(join(dir, 'tls', 'ca.pem'), 'utf8'))
  const { tcp, dot } = dns?.places ?? {}
  if (!dns || !tcp || !dot) throw new Error('the server does not answer over every transport')
  return {
    ...{ dns, tcp, dot },
    async residentMib() {
      const status = await readFile(`/proc/${up.process.pid}/status`, 'utf8')
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
    },
    stop: async () => void (await up.stop()),
  }
}
