import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { background } from './background.ts'
import { assertPart, type Case, isMissing } from './case.ts'
import type { Client, Session } from './client.ts'
import { libraryPath } from './debian-packages.ts'
import type { Printed, Target } from './dig.ts'
import { openForwarder } from './forwarder.ts'
import { output, versionOf } from './program.ts'
import { recipe, recipeZone as zone } from './recipe.ts'
import { profileOf } from './settings.ts'
import { dnsproxyStub, stubAt } from './stub.ts'

/* DNS servers that query the edge directly, set up according to docs/clients.md. */

const modules = new URL('../cluster/modules/', import.meta.url)

/** dnsdist as a DNS server whose only backend is the edge. */
export const dnsdist: Client = {
  name: 'dnsdist',
  zone,
  programs: ['dnsdist', 'dig'],
  version: () => versionOf('dnsdist', '--version'),
  open: (edge, usual) =>
    withFile(dnsdistConfig(edge), (file) => {
      const running = background('dnsdist', ['--supervised', '--disable-syslog', '--config', file])
      return openForwarder({ address: '127.0.0.1', port: 5301, splits: false, running }, usual)
    }),
}

/** AdGuard's dnsproxy as a laptop's stub. */
export function dnsproxy(program: string): Client {
  return {
    name: 'dnsproxy',
    zone,
    programs: [program, 'dig'],
    version: () => moduleVersion('dnsproxy', /dnsproxy (v\S+)/),
    open: (edge, usual) => {
      const running = dnsproxyStub(program).start(edge)
      return openForwarder({ ...stubAt, splits: true, isThorough: true, running }, usual)
    },
  }
}

/** dnsproxy with the configuration file that `kubedoh profile dnsproxy` writes. */
export function dnsproxyByProfile(program: string): Client {
  return {
    ...dnsproxy(program),
    name: 'dnsproxy, by its profile',
    open: async (edge, usual) =>
      withFile(await profileOf('dnsproxy', edge), (file) => {
        const running = background(program, [`--config-path=${file}`], { SSL_CERT_FILE: edge.caFile })
        return openForwarder({ ...stubAt, splits: true, isThorough: true, running }, usual)
      }),
  }
}

/** dnsproxy whose only upstream is the stamp that `kubedoh profile stamp` writes. */
export function dnsproxyByStamp(program: string): Client {
  return {
    ...dnsproxy(program),
    name: 'dnsproxy, by a DNS stamp',
    async open(edge, usual) {
      const stamp = (await profileOf('stamp', edge)).trim()
      const args = [`--listen=${stubAt.address}`, `--port=${stubAt.port}`, `--upstream=${stamp}`]
      const reverse = ['--use-private-rdns', `--private-rdns-upstream=${stamp}`]
      const running = background(program, [...args, ...reverse], { SSL_CERT_FILE: edge.caFile })
      return openForwarder({ ...stubAt, splits: false, running }, usual)
    },
  }
}

/** routedns as a laptop's stub, by GET. */
export function routedns(program: string): Client {
  return {
    name: 'routedns',
    zone,
    programs: [program, 'dig'],
    version: () => moduleVersion('routedns', /routedns (v\S+)/),
    open: ({ url, caFile }, usual) =>
      withFile(recipe('routedns', url), (file) => {
        const running = background(program, [file], { SSL_CERT_FILE: caFile })
        return openForwarder({ ...stubAt, splits: true, running }, usual)
      }),
  }
}

/** smartdns, from Debian's package extracted into `root`. It uses HTTP/1.1. */
export function smartdns(root: string): Client {
  const program = join(root, 'usr/sbin/smartdns')
  return {
    name: 'smartdns',
    zone,
    programs: [program, 'dig'],
    version: async () => /smartdns (\S+)/.exec(await output(program, ['-v']))?.[1] ?? 'unknown',
    open: ({ url, caFile }, usual) =>
      withFile(`${recipe('smartdns', url)}ca-file ${caFile}\n`, async (file) => {
        const args = ['-f', '-x', '-p', '-', '-c', file]
        const running = background(program, args, await libraryPath(root))
        return openForwarder({ ...stubAt, splits: true, running, judge: assertSmartdns }, usual)
      }),
  }
}

/** smartdns 40 returns at most 8 addresses, SERVFAIL for 300, and an SOA with a different owner. */
function assertSmartdns(one: Case, { status, answer }: Printed): string {
  const isLarge = one.addresses.length === 300
  assert.equal(status, isMissing(one) ? 'NXDOMAIN' : isLarge ? 'SERVFAIL' : 'NOERROR')
  const records = answer.map((line) => line.split(' ')).filter(([, , type]) => type === one.type)
  const got = records.map(([, , , address = '']) => address)
  return isLarge ? status : assertPart(one, got, 8)
}

/** The recipe, changed for the edge of this test, which has another address and another CA. */
function dnsdistConfig({ url, caFile }: Target): string {
  const { host, pathname } = new URL(url)
  const server = recipe('dnsdist', url)
    .replace('192.0.2.80:443', host)
    .replace("dohPath='/dns-query'", `dohPath='${pathname}'`)
    .replace("subjectName='edge.example.com'", `subjectName='localhost', caStore='${caFile}'`)
  return `setLocal('127.0.0.1:5301')\nsetSecurityPollSuffix('')\n${server}`
}

/** The version of a Go module from its go.mod, since the programs do not print one. */
async function moduleVersion(name: string, pattern: RegExp): Promise<string> {
  const text = await readFile(new URL(`${name}/go.mod`, modules), 'utf8')
  return pattern.exec(text)?.[1] ?? 'unknown'
}

/** A session of a program that needs a configuration file, which is removed at its end. */
export async function withFile(text: string, open: (file: string) => Promise<Session>): Promise<Session> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-client-'))
  const file = join(dir, 'client.conf')
  await writeFile(file, text)
  const remove = (): Promise<void> => rm(dir, { recursive: true })
  try {
    const session = await open(file)
    return {
      ...session,
      async close() {
        await session.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}
