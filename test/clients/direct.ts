import assert from 'node:assert/strict'
import { assertWhole, hostOf } from './case.ts'
import { type Client, shortLived } from './client.ts'
import { type Printed, readPrinted } from './dig.ts'
import { muslLook } from './musl.ts'
import { dnsOverTls, type Nameserver, plainDns } from './nameserver.ts'
import { output, versionOf } from './program.ts'

const zone = 'cluster.local'

/** dig, kdig and drill, which ask the edge over UDP, TCP and TLS. dig 9.18 sends no server name, so it can have no token. */
export function directClients({ token, caFile }: Nameserver): readonly Client[] {
  const name = `${token}.${dnsOverTls.host}`
  const tls = [`@${dnsOverTls.address}`, '-p', String(dnsOverTls.port), '+tls', `+tls-ca=${caFile}`]
  const plain = [`@${plainDns.address}`, '-p', String(plainDns.port)]
  const drill = ['-p', String(plainDns.port), `@${plainDns.address}`]
  return [
    withMusl(client('dig, UDP, then TCP after TC', 'dig', '-v', [...plain, '+tries=1'])),
    client('dig +tcp', 'dig', '-v', [...plain, '+tcp', '+tries=1']),
    client('kdig +cookie', 'kdig', '-V', [...plain, '+cookie', '+retry=0']),
    client('kdig +tls +padding', 'kdig', '-V', [
      ...tls,
      `+tls-hostname=${name}`,
      `+tls-sni=${name}`,
      '+padding',
    ]),
    client('drill -a', 'drill', '-v', ['-a', ...drill]),
    client('drill -t', 'drill', '-v', ['-t', ...drill]),
  ]
}

/** The client, and what musl finds at the same nameserver. */
function withMusl(given: Client): Client {
  return {
    ...given,
    open: async (edge, usual) => ({
      ...(await given.open(edge, usual)),
      looks: await muslLook(plainDns.address, 'with records'),
    }),
  }
}

function client(name: string, program: string, version: string, args: readonly string[]): Client {
  return {
    name,
    zone,
    programs: [program],
    version: () => versionOf(program, version),
    open: () =>
      Promise.resolve(
        shortLived(async (one) => {
          const printed: Printed = readPrinted(await output(program, [...args, hostOf(one, zone), one.type]))
          assert.ok(!printed.flags.split(' ').includes('tc'), 'the last answer is truncated')
          return assertWhole(one, zone, printed)
        }),
      ),
  }
}
