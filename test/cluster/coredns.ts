import { Resolver } from 'node:dns/promises'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contextName } from './kubeconfig.ts'
import type { PlaneConfig } from './plane-config.ts'
import type { ProcessSpec } from './processes.ts'

export type CorednsOptions = {
  /** TTL of the answers, 0 to 3600 seconds. Default 5, as in CoreDNS. */
  ttlSeconds?: number
  /** The mode of names below pod.cluster.local. Default 'disabled', as in CoreDNS. */
  pods?: 'disabled' | 'insecure' | 'verified'
  /** Whether it also answers over HTTPS. Default false. */
  doh?: boolean
  /** More lines inside the kubernetes block, such as 'endpoint_pod_names'. Default none. */
  settings?: readonly string[]
}

/** The ports of CoreDNS on 127.0.0.1: UDP and TCP, and HTTPS if enabled. */
export type Coredns = { readonly dnsPort: number; readonly dohPort?: number }

/** The ports of a CoreDNS with this configuration and these options. */
export function corednsAt({ ports }: PlaneConfig, options: CorednsOptions): Coredns {
  return { dnsPort: ports.dns, ...(options.doh ? { dohPort: ports.doh } : {}) }
}

/**
 * Writes the Corefile and returns how to start CoreDNS. It is ready when it answers for the Service `kubernetes`, since
 * it then has listed everything it watches.
 */
export async function corednsSpec(config: PlaneConfig, options: CorednsOptions): Promise<ProcessSpec> {
  const corefile = join(config.dir, 'Corefile')
  await writeFile(corefile, corefileText(config, options))
  return {
    name: 'coredns',
    program: config.programs.coredns,
    args: ['-conf', corefile],
    ready: async () => {
      const addresses = await oracle(config.ports.dns).resolve4('kubernetes.default.svc.cluster.local')
      return addresses.length === 1
    },
  }
}

/** A resolver that asks only 127.0.0.1 at `port`, once per question, for up to 10 s. */
export function oracle(port: number): Resolver {
  const resolver = new Resolver({ timeout: 10_000, tries: 1 })
  resolver.setServers([`127.0.0.1:${port}`])
  return resolver
}

function corefileText({ certificates, kubeconfigs, ports }: PlaneConfig, options: CorednsOptions): string {
  const { ttlSeconds = 5, pods = 'disabled', doh = false, settings = [] } = options
  const { certFile, keyFile } = certificates.server
  const settled = [
    `kubeconfig ${kubeconfigs.admin} ${contextName}`,
    `ttl ${ttlSeconds}`,
    `pods ${pods}`,
    ...settings,
  ]
  const block = (listen: string, ...extra: string[]) => `${listen} {
  bind 127.0.0.1
  errors
  ${extra.join('\n  ')}
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    ${settled.join('\n    ')}
  }
}
`
  const plain = block(`.:${ports.dns}`)
  return doh ? plain + block(`https://.:${ports.doh}`, `tls ${certFile} ${keyFile}`) : plain
}
