import { type ModelService, modelPorts, type Objects } from './cluster-model.ts'

/** A question: a name without final dot, and the mnemonic of a type. */
export type Asked = { readonly name: string; readonly type: 'A' | 'AAAA' | 'SRV' | 'PTR' }

/** An answer as one text: the rcode, and the sorted records of the answer section. */
export type AnswerText = string

/** The zone of the model's cluster. */
export const zone = 'cluster.local'

/** An answer as text. */
export function answerText(rcode: string, records: readonly string[]): AnswerText {
  return [rcode, ...records.toSorted()].join('\n')
}

/**
 * The right answer to a question in one state of a cluster. It does not depend on shards, roots or blobs: every answer
 * of the edge is compared with this definition.
 */
export function expectedAnswer(asked: Asked, objects: Objects): AnswerText {
  if (asked.type === 'PTR') return pointer(asked.name, objects)
  const records: string[] = []
  let name = asked.name
  for (;;) {
    const labels = name.slice(0, -`.svc.${zone}`.length).split('.')
    const key = labels.slice(-2).join('.')
    const service = objects.services.get(key)
    if (!service) return answerText('NXDOMAIN', records)
    if (service.kind === 'alias') {
      if (labels.length > 2) return answerText('NXDOMAIN', records)
      const target = `${service.target}.svc.${zone}`
      records.push(`${name} CNAME ${target}`)
      name = target
      continue
    }
    const own = addressesOf(service, labels.slice(0, -2))
    if (!own) return answerText('NXDOMAIN', records)
    if (asked.type === 'A') records.push(...own.map((address) => `${name} A ${address}`))
    if (asked.type === 'SRV') records.push(...ports(name, key, service))
    return answerText('NOERROR', records)
  }
}

/** The addresses of a Service or of a name below it; undefined if the name does not exist. */
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

/** SRV records, only for one port of a Service with its own address. */
function ports(name: string, key: string, service: ModelService): string[] {
  const port = modelPorts.find(([label, protocol]) => name.startsWith(`_${label}._${protocol}.`))
  return port && service.kind === 'cluster' ? [`${name} SRV 0 100 ${port[2]} ${key}.svc.${zone}`] : []
}

function pointer(name: string, { services }: Objects): AnswerText {
  const address = name.split('.').slice(0, 4).toReversed().join('.')
  for (const [key, service] of services) {
    if (service.kind === 'cluster') {
      if (service.ip === address) return answerText('NOERROR', [`${name} PTR ${key}.svc.${zone}`])
      if (service.endpoints.includes(address)) {
        return answerText('NOERROR', [`${name} PTR ${address.replaceAll('.', '-')}.${key}.svc.${zone}`])
      }
    }
    if (service.kind === 'headless') {
      const host = [...service.hosts].find(([, each]) => each === address)?.[0]
      if (host !== undefined) return answerText('NOERROR', [`${name} PTR ${host}.${key}.svc.${zone}`])
    }
  }
  return answerText('NXDOMAIN', [])
}
