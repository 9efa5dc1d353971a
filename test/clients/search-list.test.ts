import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ended, output } from './program.ts'

/*
 * glibc's resolver with a search list asks an edge on port 53, in a network and mount namespace with an own
 * /etc/resolv.conf. Brokers such as Kafka advertise names like kafka-0.kafka.prod.svc, without the cluster's domain.
 */

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const namespaces = ['--map-root-user', '--net', '--mount', 'sh', '-euc']

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-search-'))
})
after(() => rm(dir, { recursive: true }))

/**
 * Arguments: node, the command, options for a zone as one word, the directory, the number of files resolv-0, resolv-1, …
 * that are used in turn, and the names that are looked up with each. Prints one line for each name.
 */
const script = `
  node=$1 main=$2 zone=$3 dir=$4 files=$5; shift 5
  ip link set lo up
  # getent asks for IPv4 only if there is an address besides those of loopback.
  ip address add 192.0.2.9/32 dev lo
  touch "$dir/resolv.conf"
  mount --bind "$dir/resolv.conf" /etc/resolv.conf
  mount --bind "$dir/nsswitch.conf" /etc/nsswitch.conf
  "$node" "$main" up --data none --listen 127.0.0.1:0 --dns-listen 127.0.0.1:53 $zone >"$dir/out" &
  up=$!
  trap 'kill $up' EXIT
  until grep -q '^ready' "$dir/out"; do kill -0 $up; sleep 0.1; done
  file=0
  while [ $file -lt $files ]; do
    cat "$dir/resolv-$file" >/etc/resolv.conf
    for name; do
      echo "$name $(getent ahostsv4 "$name" | awk '$2 == "STREAM" {print $1}' | sort | xargs)"
    done
    file=$((file + 1))
  done`

/** The addresses of each name with each resolv.conf, such as 'redis.default.svc 10.96.65.65'. */
async function lookUp(
  zone: string,
  resolvConfs: readonly string[],
  names: readonly string[],
): Promise<string[][]> {
  await writeFile(join(dir, 'nsswitch.conf'), 'hosts: dns\n')
  for (const [index, text] of resolvConfs.entries())
    await writeFile(join(dir, `resolv-${index}`), `nameserver 127.0.0.1\n${text}\n`)
  const args = [process.execPath, main, zone, dir, String(resolvConfs.length), ...names]
  const printed = await output('unshare', [...namespaces, script, 'sh', ...args])
  const lines = printed
    .trimEnd()
    .split('\n')
    .map((line) => line.trim())
  return resolvConfs.map((_, index) => lines.slice(names.length * index, names.length * (index + 1)))
}

const isPossible = (await ended('unshare', [...namespaces, 'ip link set lo up && which getent'])).code === 0
const skip = !isPossible && 'no network and mount namespaces, iproute2 or getent here'

const withDomain = 'search cluster.local\noptions ndots:5'
const withOther = 'search corp.example\noptions ndots:5'
const names = ['redis.default.svc', '172-16-1-42.none-linuxea.default.svc', 'nobody.default.svc']
const found = [`${names[0]} 10.96.65.65`, `${names[1]} 172.16.1.42`, `${names[2]}`]

test('with the zone svc, names without a domain are found whatever the search list is', {
  skip,
}, async () => {
  const all = await lookUp('--zone svc', [withDomain, withOther, 'search cluster.local', ''], names)
  assert.deepEqual(all, [found, found, found, found])
})

test('without the zone, they are found only with the domain in the search list', { skip }, async () => {
  const all = await lookUp('', [withDomain, withOther, ''], names)
  assert.deepEqual(all, [found, names, names])
})
