import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
/** Programs and libraries that may be missing. They are only extracted: an installed systemd-resolved would take over the machine's DNS. */
const packages = [
  ...['systemd', 'systemd-resolved', 'libsystemd-shared', 'smartdns'],
  ...['dnsmasq-base', 'libnetfilter-conntrack3', 'libnfnetlink0', 'libnftables1', 'libnftnl11'],
  ...['network-manager', 'libnm0', 'libndp0', 'libteamdctl0', 'libjansson4', 'libcurl3-gnutls', 'libpsl5'],
  ...['avahi-daemon', 'libavahi-core7', 'libavahi-common3', 'libdaemon0', 'libnss-mdns'],
]

/** The directory for the extracted packages, which depends on the list. */
function place(env: NodeJS.ProcessEnv): string {
  const cache = env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const list = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 16)
  return join(cache, 'kubedoh', 'clients', `debian-${list}`)
}

/** The directory with the extracted packages; undefined if they are not extracted yet. */
export function extractedPackages(env = process.env): string | undefined {
  const root = place(env)
  return existsSync(root) ? root : undefined
}

/**
 * Downloads and extracts the packages unless they are extracted already. Returns their directory, or undefined on a
 * system without apt. Throws with the message of apt-get or dpkg when a package is not available.
 */
export async function extractPackages(env = process.env): Promise<string | undefined> {
  const root = place(env)
  if (existsSync(root)) return root
  if (!existsSync('/usr/bin/apt-get')) return undefined
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-debian-'))
  await mkdir(join(root, '..'), { recursive: true })
  const unfinished = await mkdtemp(`${root}-`)
  try {
    const download = () => execute('apt-get', ['download', ...packages], { cwd: dir })
    // Without package lists, or with old ones, the first attempt fails.
    await download().catch(async () => {
      await execute('apt-get', ['update'])
      await download()
    })
    for (const file of await readdir(dir)) await execute('dpkg', ['-x', join(dir, file), unfinished])
    await rename(unfinished, root)
  } finally {
    await rm(dir, { recursive: true })
    await rm(unfinished, { recursive: true, force: true })
  }
  return root
}

/** The environment variables with which extracted programs find their libraries. */
export async function libraryPath(root: string): Promise<{ readonly LD_LIBRARY_PATH: string }> {
  const parents = ['usr/lib', 'lib'].map((name) => join(root, name)).filter((dir) => existsSync(dir))
  const found = await Promise.all(
    parents.map(async (dir) =>
      (await readdir(dir)).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(dir, name)),
    ),
  )
  return {
    LD_LIBRARY_PATH: found
      .flat()
      .flatMap((dir) => [dir, join(dir, 'systemd')])
      .join(':'),
  }
}
