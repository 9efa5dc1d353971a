import { type ModelService, modelPorts, type Objects } from './cluster-model.ts'

/** A question as a person writes it: a name without its final dot, and a type's mnemonic. */
export type Asked = { readonly name: string; readonly type: 'A' | 'AAAA' | 'SRV' | 'PTR' }

/** An answer in one text: the rcode, and the records of the answer section in order of the alphabet. */
export type AnswerText = string

/** The zone of the model's cluster. */
export const zone = 'cluster.local'

/** Writes an answer down. */
export function tell(rcode: string, records: readonly string[]): AnswerText {
  return [rcode, ...records.toSorted()].join('\n')
}

/**
 * What one state of a cluster has to say to a question. Knows nothing of shards, roots or blobs; it is the
 * definition that every answer is held against.
 */
export function oracle(asked: Asked, objects: Objects): AnswerText {
  if (asked.type === 'PTR') return pointer(asked.name, objects)
  const records: string[] = []
  let name = asked.name
  for (;;) {
    const labels = name.slice(0, -`.svc.${zone}`.length).split('.')
    const key = labels.slice(-2).join('.')
    const service = objects.services.get(key)
    if (!service) return tell('NXDOMAIN', records)
    if (service.kind === 'alias') {
      if (labels.length > 2) return tell('NXDOMAIN', records)
      const target = `${service.target}.svc.${zone}`
      records.push(`${name} CNAME ${target}`)
      name = target
      continue
    }
    const held = addressesOf(service, labels.slice(0, -2))
    if (!held) return tell('NXDOMAIN', records)
    if (asked.type === 'A') records.push(...held.map((address) => `${name} A ${address}`))
    if (asked.type === 'SRV') records.push(...ports(name, key, service))
    return tell('NOERROR', records)
  }
}

/** The addresses of a service, or of what is named below it; undefined when there is no such name. */
function addressesOf(
  service: Exclude<ModelService, { kind: 'alias' }>,
  below: readonly string[],
): string[] | undefined {
  if (service.kind === 'headless') {
    const [host] = below
    const addresses = [...service.hosts].filter(([name]) => host === undefined || name === host)
    return addresses.length > 0 ? addresses.map(([, address]) => address) : undefined
  }
  if (below.length === 0 || below.length === 2) return [service.ip]
  const endpoint = service.endpoints.find((address) => address.replaceAll('.', '-') === below[0])
  return endpoint === undefined ? undefined : [endpoint]
}

/** Only asked of one port of a service with an address of its own. */
function ports(name: string, key: string, service: ModelService): string[] {
  const port = modelPorts.find(([label, protocol]) => name.startsWith(`_${label}._${protocol}.`))
  return port && service.kind === 'cluster' ? [`${name} SRV 0 100 ${port[2]} ${key}.svc.${zone}`] : []
}

function pointer(name: string, { services }: Objects): AnswerText {
  const address = name.split('.').slice(0, 4).toReversed().join('.')
  for (const [key, service] of services) {
    if (service.kind === 'cluster') {
      if (service.ip === address) return tell('NOERROR', [`${name} PTR ${key}.svc.${zone}`])
      if (service.endpoints.includes(address)) {
        return tell('NOERROR', [`${name} PTR ${address.replaceAll('.', '-')}.${key}.svc.${zone}`])
      }
    }
    if (service.kind === 'headless') {
      const host = [...service.hosts].find(([, each]) => each === address)?.[0]
      if (host !== undefined) return tell('NOERROR', [`${name} PTR ${host}.${key}.svc.${zone}`])
    }
  }
  return tell('NXDOMAIN', [])
}
