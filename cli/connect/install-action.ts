import { userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCa } from '../../client/authorities.ts'
import { askEdgeZones } from '../../client/edge-zones.ts'
import { QueryError } from '../../client/errors.ts'
import { parseCidr } from '../../dns/cidr.ts'
import { reverseZones } from '../../dns/reverse-zones.ts'
import { openDisk } from '../../install/apply/disk.ts'
import { withoutInstallation } from '../../install/apply/former-disk.ts'
import { install } from '../../install/apply/install.ts'
import { type Journal, readJournal } from '../../install/apply/journal.ts'
import { type Machine, runProgram } from '../../install/apply/machine.ts'
import { uninstall } from '../../install/apply/undo.ts'
import { readFacts } from '../../install/detect/detect.ts'
import { programFacts } from '../../install/detect/program.ts'
import { InstallError } from '../../install/errors.ts'
import type { Invoker } from '../../install/facts.ts'
import { type InstallPlan, makePlan } from '../../install/plan.ts'
import { planLines } from '../../install/show-plan.ts'
import { commandText } from '../../install/step.ts'
import type { Places } from '../../setup/places.ts'
import { listenOption } from '../options/listen-option.ts'
import type { World } from '../options/verb.ts'
import { confirm } from './confirm.ts'
import { withInstallLock } from './install-lock.ts'

/** What `kubedoh connect --install` and `--service` are told. */
export type InstallRequest = {
  readonly parts: Journal['parts']
  readonly places: Places
  /** PEM file of the only authorities to trust for the edge. */
  readonly caFile: string | undefined
  readonly listen: { readonly host: string; readonly port: number } | undefined
  readonly system: string | undefined
  readonly search: readonly string[]
  /** The address for containers. */
  readonly bridge: string | undefined
  readonly isDryRun: boolean
  readonly isConfirmed: boolean
}

/** The directory of the journal. */
const stateDirs: Readonly<Record<string, string>> = {
  darwin: '/var/db/kubedoh/connect',
  win32: 'C:\\ProgramData\\kubedoh\\connect',
}
/** The time for the zones of the edge (ms). */
const timeoutMs = 10_000
const linuxStateDir = '/var/lib/kubedoh/connect'

/** Installs what is asked for, beside what is installed already → exit code. Throws InstallError and QueryError. */
export function installStub(request: InstallRequest, world: World): Promise<number> {
  return changing(request, () => installNow(request, world))
}

/** Runs an action that changes the machine, as root and while no other one runs. A dry run needs neither. */
function changing<T>({ isDryRun }: Pick<InstallRequest, 'isDryRun'>, action: () => Promise<T>): Promise<T> {
  if (isDryRun) return action()
  refuseWithoutRights()
  return withInstallLock(action)
}

async function installNow(request: InstallRequest, world: World): Promise<number> {
  const machine = openMachine(world)
  const journal = await readJournal(machine.disk, machine.stateDir)
  const parts = [...new Set([...(journal?.parts ?? []), ...request.parts])].toSorted()
  // --service alone keeps the resolver as it was installed.
  const search = request.parts.includes('resolver') ? request.search : (journal?.search ?? [])
  const bridge = request.parts.includes('service') ? request.bridge : journal?.bridge
  const plan = await planFor({ ...request, parts, search, bridge }, journal, machine, world)
  for (const line of planLines(plan)) world.print(line)
  if (request.isDryRun) return 0
  if (!(await isAgreed(request, world))) return 1
  const listen = authority(plan.listen)
  const outcome = await install({ ...plan, parts, listen, search, bridge }, machine)
  world.print(
    outcome === 'unchanged'
      ? 'this is installed already; nothing was changed'
      : 'installed; `kubedoh connect --uninstall` undoes all of it',
  )
  if (!parts.includes('service'))
    world.print(`now start the stub: kubedoh connect --url-file ${plan.urlFile} --listen ${listen}`)
  return 0
}

/** Undoes an installation, complete or not → exit code: 1 if something has to be done by hand. Needs neither URL nor edge. */
export function uninstallStub(
  request: Pick<InstallRequest, 'isDryRun' | 'isConfirmed'>,
  world: World,
): Promise<number> {
  return changing(request, () => uninstallNow(request, world))
}

async function uninstallNow(
  request: Pick<InstallRequest, 'isDryRun' | 'isConfirmed'>,
  world: World,
): Promise<number> {
  const machine = openMachine(world)
  const journal = await readJournal(machine.disk, machine.stateDir)
  for (const entry of journal?.entries.toReversed() ?? []) {
    if (entry.kind === 'file') world.print(`${entry.former ? 'put back' : 'remove'} ${entry.path}`)
    if (entry.kind === 'command') world.print(`run ${commandText(entry.undo)}`)
  }
  if (request.isDryRun) return 0
  if (journal && !(await isAgreed(request, world))) return 1
  const undone = await uninstall(machine)
  for (const problem of undone?.problems ?? []) world.tell(problem)
  world.print(undone ? 'uninstalled' : 'nothing is installed')
  return undone && undone.problems.length > 0 ? 1 : 0
}

async function isAgreed(
  { isConfirmed }: Pick<InstallRequest, 'isConfirmed'>,
  world: World,
): Promise<boolean> {
  if (isConfirmed || (await confirm('Do this?', world))) return true
  world.tell('nothing was changed')
  return false
}

async function planFor(
  request: InstallRequest,
  journal: Journal | undefined,
  { disk, run }: Machine,
  { env }: World,
): Promise<InstallPlan> {
  const { places, caFile } = request
  const edge = await askEdgeZones(places, { caFile, timeoutMs })
  if (!edge.complete)
    throw new QueryError('HTTP_STATUS', `${places.origin} cannot read its access policy now; try again later`)
  const program = await programFacts([process.execPath, process.argv[1] ?? 'kubedoh'])
  const start = { platform: process.platform, program, invoker: invokerOf(env) }
  const facts = await readFacts(withoutInstallation(disk, journal), run, start)
  // The primary zones first: the first is asked for, once the service runs.
  const zones = edge.zones.toSorted((a, b) => Number(b.primary) - Number(a.primary)).map(({ name }) => name)
  return makePlan(facts, {
    parts: request.parts,
    system: request.system ?? journal?.system,
    zones,
    reverse: reverseZones(edge.reverse.flatMap((range) => parseCidr(range) ?? [])),
    search: request.search,
    bridge: request.bridge,
    listen: request.listen ?? (journal && listenOption(journal.listen)),
    url: places.doh,
    ca: caFile === undefined ? undefined : await readCa(caFile),
  })
}

function openMachine({ signal, env }: World): Machine {
  return {
    disk: openDisk(),
    run: (argv) => runProgram(argv, env),
    pause: (ms) => sleep(ms),
    stateDir: stateDirs[process.platform] ?? linuxStateDir,
    signal,
  }
}

/** The user for whom sudo runs this process, or the one who runs it; undefined for root itself. */
function invokerOf(env: World['env']): Invoker | undefined {
  const [uid, gid] = [Number(env.SUDO_UID), Number(env.SUDO_GID)]
  if (env.SUDO_USER !== undefined && uid > 0 && gid >= 0) return { name: env.SUDO_USER, uid, gid }
  const { username, ...own } = userInfo()
  return own.uid > 0 ? { name: username, uid: own.uid, gid: own.gid } : undefined
}

/** On Windows the first command fails for a user without rights, and says so. */
function refuseWithoutRights(): void {
  if ((process.getuid?.() ?? 0) === 0) return
  throw new InstallError(
    'INSTALL_RIGHTS',
    'changing the resolver or services of this machine needs root; run this with sudo, or see the changes with --dry-run',
  )
}

function authority({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
