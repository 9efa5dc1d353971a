import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { background } from './background.ts'
import {
  needsRoot,
  prepareResolved,
  strictDnsmasq,
  trustAnchor,
  unboundConfig,
  withLibraries,
} from './behind-stub.ts'
import type { Client, Session } from './client.ts'
import { libraryPath } from './debian-packages.ts'
import { withFile } from './edge-forwarders.ts'
import { openForwarder } from './forwarder.ts'
import { muslLook, type Truncation } from './musl.ts'
import type { Nameserver } from './nameserver.ts'
import { output, versionOf } from './program.ts'
import { resolverRecipe, usualServer, recipeZone as zone } from './recipe.ts'
import type { UsualResolver } from './usual-resolver.ts'

/* Resolvers whose nameserver is the edge, over plain DNS or TLS, set up according to docs/resolvers.md. */

/** Port 53 of its own address for each, because musl and nss ask no other port. */
const at = (last: number) => ({ address: `127.0.53.${last}`, port: 53 })
const [namedAt, unboundAt, unboundTlsAt, dnsmasqAt] = [at(1), at(2), at(3), at(4)]

/** The file of Debian's package ca-certificates. */
const systemAuthorities = '/etc/ssl/certs/ca-certificates.crt'

/** BIND as a resolver that validates. */
export function named(nameserver: Nameserver): Client {
  return {
    name: 'BIND',
    zone,
    programs: ['named', 'dig'],
    version: () => versionOf('named', '-V'),
    async open(_edge, usual) {
      const dir = await mkdtemp(join(tmpdir(), 'kubedoh-named-'))
      return withFile(namedConfig(nameserver, dir), (file) =>
        behindEdge(namedAt, background('named', ['-g', '-c', file]), usual),
      )
    },
  }
}

function namedConfig({ token }: Nameserver, dir: string): string {
  const own = `directory "${dir}"; pid-file none; session-keyfile none; listen-on { ${namedAt.address}; };
  listen-on-v6 { none; }; dnssec-validation yes; forwarders { ${usualServer}; }; forward only; empty-zones-enable yes;`
  const recipe = resolverRecipe('BIND', token).replace('options {', `options {\n  ${own}`)
  // The usual resolver of the test is not signed.
  const exceptions = recipe.replace(
    'validate-except {',
    'validate-except { "example.com"; "outside.example";',
  )
  return `controls { };\ntrust-anchors { . static-ds ${trustAnchor.replace('. DS ', '').replace(/ ([0-9a-f]+)$/, ' "$1"')}; };\n${exceptions}`
}

/** unbound with DNSSEC validation and protection against private addresses. */
export function unbound(nameserver: Nameserver): Client {
  return unboundClient('unbound', unboundAt, resolverRecipe('unbound', nameserver.token))
}

/** The same over TLS, with the token in the server name. */
export function unboundTls(nameserver: Nameserver): Client {
  const overTls = `$1  forward-addr: 10.0.0.53@853#${nameserver.token}.dns.example.com\n$1  forward-tls-upstream: yes`
  const recipe = resolverRecipe('unbound', nameserver.token).replaceAll(
    /^( *) {2}forward-addr: 10\.0\.0\.53$/gm,
    overTls,
  )
  return unboundClient(
    'unbound, DNS over TLS',
    unboundTlsAt,
    `server:\n  tls-cert-bundle: "${nameserver.caFile}"\n${recipe}`,
  )
}

function unboundClient(name: string, place: typeof unboundAt, recipe: string): Client {
  return {
    name,
    zone,
    programs: ['unbound', 'dig'],
    version: () => versionOf('unbound', '-V'),
    open: (_edge, usual) =>
      withFile(unboundConfig(place, recipe), (file) =>
        behindEdge(place, background('unbound', ['-d', '-p', '-c', file]), usual, 'empty'),
      ),
  }
}

/** dnsmasq with its protection against DNS rebinding, from Debian's package extracted into `root`. */
export function dnsmasq(nameserver: Nameserver, root: string): Client {
  const program = join(root, 'usr/sbin/dnsmasq')
  const own = [`listen-address=${dnsmasqAt.address}`, 'bind-interfaces', 'no-resolv', `server=${usualServer}`]
  const config = [resolverRecipe('dnsmasq', nameserver.token), ...own, ...strictDnsmasq, ''].join('\n')
  return {
    name: 'dnsmasq',
    zone,
    programs: [program, 'dig'],
    version: async () => versionOf('env', ...(await withLibraries(root)), program, '--version'),
    open: (_edge, usual) =>
      withFile(config, async (file) => {
        const args = ['--keep-in-foreground', `--conf-file=${file}`, '--pid-file=']
        const running = background(program, args, await libraryPath(root))
        return behindEdge(dnsmasqAt, running, usual, 'sometimes')
      }),
  }
}

/** systemd-resolved with the recipe's drop-in, over TLS, from Debian's package extracted into `root`. Needs root. */
export function resolved(nameserver: Nameserver, root: string): Client {
  const program = join(root, 'lib/systemd/systemd-resolved')
  return {
    name: 'systemd-resolved, DNS over TLS',
    zone,
    programs: [program, 'dig'],
    version: () => versionOf(program, '--version'),
    unavailable: needsRoot,
    async open(_edge, usual): Promise<Session> {
      const remove = await prepareResolved(
        resolverRecipe('systemd-resolved', nameserver.token),
        'DNS_OVER_TLS=no\n',
      )
      // It trusts the system's CAs only.
      await output('mount', ['--bind', nameserver.caFile, systemAuthorities])
      const env = await libraryPath(root)
      const session = await behindEdge(
        { address: '127.0.0.53', port: 53 },
        background(program, [], env),
        usual,
      )
      return {
        ...session,
        async close() {
          await session.close()
          await output('umount', [systemAuthorities])
          await remove()
        },
      }
    },
  }
}

async function behindEdge(
  place: { readonly address: string; readonly port: number },
  running: ReturnType<typeof background>,
  usual: UsualResolver,
  truncation: Truncation = 'with records',
): Promise<Session> {
  const session = await openForwarder({ ...place, splits: true, running }, usual)
  return { ...session, looks: [...(session.looks ?? []), ...(await muslLook(place.address, truncation))] }
}
