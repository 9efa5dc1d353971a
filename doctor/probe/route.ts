import { execFile } from 'node:child_process'
import { isIPv6 } from 'node:net'
import { promisify } from 'node:util'
import type { Ports, Route } from '../ports.ts'

const execute = promisify(execFile)
const timeoutMs = 2_000

/** The route that this system takes to an address, by `ip` on Linux and `route` on macOS; undefined elsewhere and without them. */
export async function routeTo(address: string, platform: Ports['platform']): Promise<Route | undefined> {
  if (platform === 'linux') return run('ip', ['-json', 'route', 'get', 'fibmatch', address], readIpRoute)
  const family = isIPv6(address) ? ['-inet6'] : []
  return platform === 'darwin' ? run('route', ['-n', 'get', ...family, address], readRouteGet) : undefined
}

async function run(
  program: string,
  args: readonly string[],
  read: (text: string) => Route | undefined,
): Promise<Route | undefined> {
  try {
    const { stdout } = await execute(program, [...args], { timeout: timeoutMs, encoding: 'utf8' })
    return read(stdout)
  } catch (error) {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    const line = text.split('\n').find((each) => noRoute.test(each))
    return line === undefined
      ? undefined
      : { kind: 'none', reason: line.replace(/^RTNETLINK answers: /, '').trim() }
  }
}

/** What `ip` and `route` print where there is no route. */
const noRoute = /unreachable|no route to host|not in table|invalid argument/i

/** The output of `ip -json route get fibmatch ADDRESS` → the route; undefined for another output. */
export function readIpRoute(text: string): Route | undefined {
  const [route] = parseRoutes(text)
  if (!route) return undefined
  const { type = 'unicast', dst = 'default', dev = '' } = route
  if (type === 'local') return { kind: 'local', interface: dev, destination: dst }
  if (type !== 'unicast') return { kind: 'none', reason: `the route is of type ${type}` }
  return { kind: dst === 'default' ? 'default' : 'specific', interface: dev, destination: dst }
}

function parseRoutes(text: string): { type?: string; dst?: string; dev?: string }[] {
  try {
    return JSON.parse(text) as { type?: string; dst?: string; dev?: string }[]
  } catch {
    return []
  }
}

/** The output of macOS's `route -n get ADDRESS` → the route; undefined for another output. */
export function readRouteGet(text: string): Route | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}: (.*)$`, 'm').exec(text)?.[1]?.trim()
  const destination = field('destination')
  const link = field('interface')
  if (destination === undefined || link === undefined) return undefined
  if (/^lo\d/.test(link)) return { kind: 'local', interface: link, destination }
  return { kind: destination === 'default' ? 'default' : 'specific', interface: link, destination }
}
