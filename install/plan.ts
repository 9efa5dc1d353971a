import { stubPlace } from '../setup/stub-place.ts'
import { chooseSystem, systemNamed } from './choose-system.ts'
import { InstallError } from './errors.ts'
import type { Facts, Route } from './facts.ts'
import { planLaunchd } from './service/launchd.ts'
import type { Service } from './service/service.ts'
import { planSystemd } from './service/systemd-unit.ts'
import { planWindowsTask } from './service/windows-task.ts'
import type { Owner, Step } from './step.ts'
import { planDnsmasq } from './system/dnsmasq.ts'
import { planMacos } from './system/macos.ts'
import { planNetworkManager } from './system/networkmanager.ts'
import { planResolvConf } from './system/resolv-conf.ts'
import { planResolved } from './system/resolved.ts'
import type { System, SystemPlan } from './system/system-plan.ts'
import { planWindows } from './system/windows.ts'

/** An address and port. */
type Listen = Pick<Route, 'host' | 'port'>

/** Where the stub listens for resolvers that take no port. */
const plainListen: Listen = { host: stubPlace.host, port: 53 }

/** What a user wants. */
export type Wish = {
  readonly parts: readonly ('resolver' | 'service')[]
  /** The word of --system; undefined: the resolver that this machine uses. */
  readonly system: string | undefined
  readonly zones: Route['zones']
  readonly reverse: Route['reverse']
  /** Domains under which programs of this machine look short names up, without final dot, in lower case. */
  readonly search: Route['search']
  /** The address on which the service answers containers. */
  readonly bridge: string | undefined
  /** Where the stub listens; undefined: where the system expects it. */
  readonly listen: Listen | undefined
  /** The DoH URL, with its token. */
  readonly url: string
  /** PEM text of the certificates to trust for the edge. */
  readonly ca: string | undefined
}

/** The steps for a machine, and what people should know before they agree. */
export type InstallPlan = {
  readonly steps: readonly Step[]
  readonly notes: readonly string[]
  readonly system: System | undefined
  readonly listen: Listen
  readonly urlFile: string
}

/** The planner of each system. */
const planners: Readonly<Record<System, (facts: Facts, route: Route) => SystemPlan>> = {
  resolved: planResolved,
  networkmanager: planNetworkManager,
  dnsmasq: planDnsmasq,
  'resolv-conf': planResolvConf,
  macos: (_, route) => planMacos(route),
  windows: (_, route) => planWindows(route),
}

/**
 * Facts and wishes → the steps: the file with the URL, the service, one question to it, and then the resolver, so that no
 * name depends on a stub that does not run. Throws InstallError OPTION_SYSTEM and OPTION_SERVICE.
 */
export function makePlan(facts: Facts, wish: Wish): InstallPlan {
  if (wish.zones.length === 0)
    throw new InstallError('OPTION_SYSTEM', 'the edge has no zone for this URL; does it need a token?')
  const hasService = wish.parts.includes('service')
  const chosen = wish.system === undefined ? chooseSystem(facts) : systemNamed(wish.system, facts)
  const hasResolver = wish.parts.includes('resolver')
  const takesNoPort = hasResolver && (chosen === 'resolv-conf' || chosen === 'windows')
  const listen = wish.listen ?? (takesNoPort ? plainListen : stubPlace)
  refuseForeignSearch(wish)
  const route = { zones: wish.zones, reverse: wish.reverse, search: wish.search, ...listen }
  const resolver = hasResolver ? planners[chosen](facts, route) : undefined
  if (resolver?.mode === 'forward' && !hasService)
    throw new InstallError(
      'OPTION_SYSTEM',
      'all names of this machine would depend on the stub, so it must run as a service: add --service',
    )
  const files = stubFiles(facts, wish, hasService)
  return {
    steps: [
      ...files.steps,
      ...(hasService ? serviceSteps(facts, route, resolver, files, wish.bridge) : []),
      ...(resolver?.steps ?? []),
    ],
    notes: [...(resolver?.notes ?? []), ...bridgeNotes(wish.bridge)],
    system: resolver?.system,
    listen,
    urlFile: files.urlFile,
  }
}

/** A search domain of another zone would send every short name there. Throws InstallError OPTION_SYSTEM. */
function refuseForeignSearch({ search, zones }: Wish): void {
  const foreign = search.find(
    (domain) => !zones.some((zone) => domain === zone || domain.endsWith(`.${zone}`)),
  )
  if (foreign !== undefined)
    throw new InstallError(
      'OPTION_SYSTEM',
      `--search ${foreign} is in no zone of this edge; the zones are ${zones.join(', ')}`,
    )
}

type StubFiles = {
  readonly steps: readonly Step[]
  readonly urlFile: string
  readonly caFile: string | undefined
  readonly user: (Owner & { readonly name: string }) | undefined
}

const stubDirectory = { linux: '/etc/kubedoh', darwin: '/etc/kubedoh', win32: 'C:\\ProgramData\\kubedoh' }

/** The file with the URL, for its reader alone, and that with the certificates. */
function stubFiles({ platform, invoker, program }: Facts, { url, ca }: Wish, hasService: boolean): StubFiles {
  const directory = stubDirectory[platform]
  const separator = platform === 'win32' ? '\\' : '/'
  const urlFile = `${directory}${separator}connect.url`
  const caFile = ca === undefined ? undefined : `${directory}${separator}connect-ca.pem`
  // systemd reads the file as root and hands it on; other services, and people, read it themselves.
  const isReadByRoot = platform === 'linux' && hasService
  const user = platform === 'darwin' || !program.isForAll ? invoker : undefined
  const owner = isReadByRoot || platform === 'win32' || !invoker ? {} : { owner: ownerOf(invoker) }
  return {
    urlFile,
    caFile,
    user,
    steps: [
      { kind: 'directory', path: directory, mode: 0o755 },
      ...(platform === 'win32' ? [closeDirectory(directory)] : []),
      { kind: 'file', path: urlFile, text: `${url}\n`, mode: 0o600, shown: 'the URL of the edge', ...owner },
      ...(caFile === undefined || ca === undefined
        ? []
        : [
            { kind: 'file', path: caFile, text: ca, mode: 0o644, shown: 'the certificates of --ca' } as const,
          ]),
    ],
  }
}

function ownerOf({ uid, gid }: Owner): Owner {
  return { uid, gid }
}

/** The directory of Windows for administrators, the system and the service's account (its SID, in all languages). */
function closeDirectory(directory: string): Step {
  const grants = ['*S-1-5-18:(OI)(CI)F', '*S-1-5-32-544:(OI)(CI)F', '*S-1-5-19:(OI)(CI)RX']
  return {
    kind: 'command',
    run: { argv: ['icacls.exe', directory, '/inheritance:r', '/grant:r', ...grants] },
  }
}

function serviceSteps(
  facts: Facts,
  route: Route,
  resolver: SystemPlan | undefined,
  files: StubFiles,
  bridge: Wish['bridge'],
): Step[] {
  const { platform, program, hasSystemd, invoker } = facts
  const { host, port } = route
  if (platform === 'linux' && !hasSystemd)
    throw new InstallError(
      'OPTION_SERVICE',
      '--service needs systemd, which does not run here; start `kubedoh connect` with your own service manager',
    )
  if (bridge !== undefined && platform !== 'linux')
    throw new InstallError(
      'OPTION_SERVICE',
      '--bridge is for Linux: elsewhere containers run in a virtual machine, which asks the resolver of this machine',
    )
  if (!program.isForAll && !invoker)
    throw new InstallError(
      'OPTION_SERVICE',
      `only root can read ${program.argv.join(' and ')}; install kubedoh where all users can read it, such as in /usr/local/lib`,
    )
  const listen = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const mode = resolver?.mode === 'forward' ? ['--mode', 'forward'] : []
  const resolvers = (resolver?.resolvers ?? []).flatMap((server) => ['--resolver', server])
  const bridgeWords = bridge === undefined ? [] : ['--bridge', bridge]
  const service: Service = {
    argv: [...program.argv, 'connect', '--listen', listen, ...mode, ...resolvers, ...bridgeWords],
    bridge,
    urlFile: files.urlFile,
    caFile: files.caFile,
    host,
    port,
    user: files.user,
  }
  const plan = { linux: planSystemd, darwin: planLaunchd, win32: planWindowsTask }[platform]
  return [...plan(service), question(program.argv, listen, route)]
}

function bridgeNotes(bridge: Wish['bridge']): string[] {
  if (bridge === undefined) return []
  return [
    `containers ask with your token at ${bridge}: name it with \`docker run --dns ${bridge}\`, or for all in /etc/docker/daemon.json.`,
  ]
}

/** How long the service may take to answer (ms). */
const startMs = 20_000

/** Asks the stub for a zone, until it answers or a time limit ends the command: before that, nothing may depend on it. */
function question(program: readonly string[], listen: string, { zones }: Route): Step {
  const argv = [
    ...program,
    'query',
    '--server',
    listen,
    '--short',
    '--timeout-ms',
    '2000',
    zones[0] ?? 'cluster.local',
    'SOA',
  ]
  return { kind: 'command', run: { argv, tryForMs: startMs } }
}
