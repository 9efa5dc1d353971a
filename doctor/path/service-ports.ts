import { isFailed, type Ports } from '../ports.ts'

/** More ports of a Service are not tried. */
const maxPorts = 4

/** The ports to try: that of --port, otherwise those of the name's SRV records at the edge, each once, in their order. */
export async function servicePorts(
  name: string,
  given: number | undefined,
  ports: Pick<Ports, 'askEdge'>,
): Promise<number[]> {
  if (given !== undefined) return [given]
  const response = await ports.askEdge(name, 'SRV')
  if (isFailed(response)) return []
  const found = (response.reply?.records ?? [])
    .filter(({ type }) => type === 'SRV')
    .map(({ data }) => Number(data.split(' ')[2]))
    .filter((port) => Number.isInteger(port) && port > 0)
  return [...new Set(found)].slice(0, maxPorts)
}
