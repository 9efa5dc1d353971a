import type { Random } from '../../seeded-random.ts'
import type { Target } from './services.ts'

const zone = 'cluster.local'

/** A place of a possible Service, as a target of ExternalNames. */
export type Place = { readonly namespace: string; readonly name: string }

/** A Service's name in the zone. */
export function nameOf({ namespace, name }: Place): string {
  return `${name}.${namespace}.svc.${zone}`
}

/** A target for an ExternalName; `places` are Services, of which there is at least one. */
export function targetOf(random: Random, places: readonly Place[]): Target {
  const service = nameOf(random.pick(places))
  const ip = `${random.between(1, 9)}-0-0-1`
  return random.pick<Target>([
    { externalName: service, oddities: ['ExternalName to a Service'] },
    { externalName: service, oddities: ['ExternalName to a Service'] },
    { externalName: service, oddities: ['ExternalName to a Service'] },
    { externalName: `db-0.${service}`, oddities: [] },
    { externalName: 'www.example.com', oddities: ['ExternalName to an outside name'] },
    {
      externalName: `gone.${random.pick(places).namespace}.svc.${zone}`,
      oddities: ['ExternalName to a missing name'],
    },
    { externalName: `gone.gone.svc.${zone}`, oddities: ['ExternalName to a missing name'] },
    { externalName: '192.0.2.200', oddities: ['ExternalName to an address'] },
    { externalName: `${service}.`, oddities: ['ExternalName with final dot'] },
    {
      externalName: random.pick([zone, `svc.${zone}`, `dns-version.${zone}`, `ns.dns.${zone}`]),
      oddities: ['ExternalName into the zone itself'],
    },
    { externalName: `${ip}.default.pod.${zone}`, oddities: ['ExternalName to a pod name'] },
    { externalName: '1.0.96.10.in-addr.arpa', oddities: ['ExternalName to a reverse name'] },
    { externalName: 'localhost', oddities: ['ExternalName to an outside name'] },
    { externalName: 'notcluster.local', oddities: ['ExternalName to an outside name'] },
  ])
}
