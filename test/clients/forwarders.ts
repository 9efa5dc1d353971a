import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../wait-for.ts'
import { type Background, background } from './background.ts'
import { assertWhole, type Case, hostOf } from './case.ts'
import type { Client, Session } from './client.ts'
import { digPort, type Target } from './dig.ts'
import { output, versionOf, withOutput } from './program.ts'

const zone = 'k8s.test'
const goMod = new URL('../cluster/modules/dnsproxy/go.mod', import.meta.url)
/** Free in a network namespace of their own. */
const ports = { dnsdist: 5301, dnsproxy: 5302 }

/** dnsdist as a DNS server whose backend is the edge. */
export const dnsdist: Client = {
  name: 'dnsdist',
  zone,
  programs: ['dnsdist', 'dig'],
  version: () => versionOf('dnsdist', '--version'),
  async open(edge) {
    const dir = await mkdtemp(join(tmpdir(), 'kubedoh-dnsdist-'))
    const file = join(dir, 'dnsdist.conf')
    await writeFile(file, dnsdistConfig(edge))
    const running = background('dnsdist', ['--supervised', '--disable-syslog', '--config', file])
    const session = await forwarder(running, ports.dnsdist)
    return {
      see: session.see,
      async close() {
        await session.close()
        await rm(dir, { recursive: true })
      },
    }
  },
}

/** AdGuard's dnsproxy as a laptop's stub: the zone goes to the edge, everything else nowhere. */
export function dnsproxy(program: string): Client {
  return {
    name: 'dnsproxy',
    zone,
    programs: [program, 'dig'],
    version: async () => /dnsproxy (v\S+)/.exec(await readFile(goMod, 'utf8'))?.[1] ?? 'unknown',
    open({ url, caFile }) {
      const args = [`--listen=127.0.0.1`, `--port=${ports.dnsproxy}`, `--upstream=[/${zone}/]${url}`]
      const nowhere = '--upstream=127.0.0.1:1'
      return forwarder(background(program, [...args, nowhere], { SSL_CERT_FILE: caFile }), ports.dnsproxy)
    },
  }
}

function dnsdistConfig({ url, caFile }: Target): string {
  const { host, pathname } = new URL(url)
  const check = `checkName='dns-version.${zone}.', checkType='TXT', mustResolve=true`
  const tls = `tls='openssl', caStore='${caFile}', subjectName='localhost', validateCertificates=true`
  return [
    `setLocal('127.0.0.1:${ports.dnsdist}')`,
    `setSecurityPollSuffix('')`,
    `newServer({address='${host}', ${tls}, dohPath='${pathname}', ${check}})`,
  ].join('\n')
}

/** Waits until a forwarder has its first answer. Throws with the end of what it printed. */
async function forwarder(running: Background, port: number): Promise<Session> {
  const explain = (error: unknown): never => {
    throw withOutput(error, running.tail())
  }
  const see = async (one: Case): Promise<string> => {
    const printed = await digPort(port, hostOf(one, zone), one.type)
    return assertWhole(one, zone, printed)
  }
  const first = ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=1', '+short', `web.default.svc.${zone}`]
  await waitFor('its first answer', async () => (await output('dig', first)).includes('10.96.0.10'), {
    timeoutMs: 15_000,
  }).catch(async (error: unknown) => {
    await running.stop()
    explain(error)
  })
  return { see: (one) => see(one).catch(explain), close: () => running.stop() }
}
