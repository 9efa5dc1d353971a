import { waitFor } from '../wait-for.ts'
import { put, usualServer } from './edge.ts'
import { type LaptopResolver, usualNameResolves } from './laptop.ts'

/** systemd-resolved, with the usual nameserver of a link. */
export const resolved: LaptopResolver = {
  name: 'systemd-resolved',
  start: async (machine) => {
    await machine.shell(`
      systemctl start systemd-resolved.service
      for i in $(seq 50); do resolvectl dns lan0 ${usualServer} && break; sleep 0.1; done
      resolvectl dnssec lan0 no
      ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf`)
  },
  stop: async (machine) => {
    await machine.shell('systemctl stop systemd-resolved.service; rm /etc/resolv.conf')
  },
}

/** dnsmasq as a service, with its protection against DNS rebinding. */
export const dnsmasq: LaptopResolver = {
  name: 'dnsmasq with its protection against DNS rebinding',
  async start(machine) {
    await put(machine, '/etc/dnsmasq.conf', 'conf-dir=/etc/dnsmasq.d/,*.conf\n')
    await put(
      machine,
      '/etc/dnsmasq.d/laptop.conf',
      `no-resolv\nno-hosts\nserver=${usualServer}\nlisten-address=127.0.0.1\nbind-interfaces\nuser=root\nstop-dns-rebind\nbogus-priv\ndomain-needed\n`,
    )
    await put(
      machine,
      '/etc/systemd/system/dnsmasq.service',
      '[Service]\nExecStart=/usr/sbin/dnsmasq --keep-in-foreground --pid-file=\n',
    )
    await put(machine, '/etc/resolv.conf', 'nameserver 127.0.0.1\n')
    await machine.shell('systemctl daemon-reload; systemctl start dnsmasq.service')
  },
  async stop(machine) {
    await machine.shell(
      'systemctl stop dnsmasq.service; rm -r /etc/dnsmasq.conf /etc/dnsmasq.d /etc/resolv.conf /etc/systemd/system/dnsmasq.service',
    )
  },
}

/** A plain resolv.conf that a person wrote. */
export const plainResolvConf: LaptopResolver = {
  name: 'a plain resolv.conf, with other names forwarded to its former nameserver',
  start: (machine) =>
    put(machine, '/etc/resolv.conf', `# by hand\nnameserver ${usualServer}\noptions timeout:2\n`),
  stop: async (machine) => {
    await machine.shell('rm /etc/resolv.conf')
  },
}

/** NetworkManager, which starts dnsmasq. */
export const networkManager: LaptopResolver = {
  name: 'NetworkManager with its dnsmasq',
  async start(machine) {
    await put(machine, '/etc/NetworkManager/NetworkManager.conf', managerConfig)
    const lan = '/etc/NetworkManager/system-connections/lan.nmconnection'
    await put(machine, lan, connection)
    await machine.shell(`
      chmod 600 ${lan}
      mkdir -p /etc/NetworkManager/dnsmasq.d /var/lib/NetworkManager
      systemctl start NetworkManager.service
      nmcli --wait 30 connection up lan`)
    await waitFor('NetworkManager resolves names', () => usualNameResolves(machine))
  },
  async stop(machine) {
    await machine.shell('systemctl stop NetworkManager.service; rm -rf /etc/NetworkManager /etc/resolv.conf')
  },
}

const managerConfig = `[main]
plugins=keyfile
dns=dnsmasq
rc-manager=file
no-auto-default=*
[device-lan0]
match-device=interface-name:lan0
managed=1
[connectivity]
enabled=false
`

const connection = `[connection]
id=lan
type=ethernet
interface-name=lan0
[ipv4]
method=manual
address1=192.0.2.10/24,192.0.2.1
dns=${usualServer};
[ipv6]
method=disabled
`

/** The resolvers of laptops that `--install` sets up here. */
export const laptopResolvers: readonly LaptopResolver[] = [resolved, dnsmasq, plainResolvConf, networkManager]
