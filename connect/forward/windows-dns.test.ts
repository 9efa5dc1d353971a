import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolverText } from './resolver.ts'
import { readNetshDns, readPowerShellDns } from './windows-dns.ts'

const shell = (text: string): string[] | undefined => readPowerShellDns(text)?.map(resolverText)
const netsh = (text: string): string[] => readNetshDns(text).map(resolverText)

test('PowerShell: several interfaces, some of them without resolvers', () => {
  const text =
    '[{"InterfaceIndex":12,"AddressFamily":2,"ServerAddresses":["192.168.1.1","192.168.1.2"]},' +
    '{"InterfaceIndex":12,"AddressFamily":23,"ServerAddresses":["fe80::1%12"]},' +
    '{"InterfaceIndex":1,"AddressFamily":2,"ServerAddresses":[]},{"InterfaceIndex":7,"AddressFamily":2,"ServerAddresses":null}]\r\n'
  assert.deepEqual(shell(text), ['192.168.1.1', '192.168.1.2', 'fe80::1%12'])
})

test('PowerShell 5.1: one interface is an object, and a list may be an object with a value', () => {
  assert.deepEqual(shell('{"InterfaceIndex":12,"AddressFamily":2,"ServerAddresses":["192.0.2.1"]}'), [
    '192.0.2.1',
  ])
  assert.deepEqual(shell('[{"ServerAddresses":{"value":["192.0.2.1","192.0.2.2"],"Count":2}}]'), [
    '192.0.2.1',
    '192.0.2.2',
  ])
  assert.deepEqual(shell('{"ServerAddresses":"192.0.2.3"}'), ['192.0.2.3'])
})

test('PowerShell: other values have no resolvers, and other text is not read', () => {
  assert.deepEqual(shell('[1,null,"x",{"ServerAddresses":[1,"dns.example.com",{}]}]'), [])
  for (const text of ['', 'Get-DnsClientServerAddress : The term is not recognized', '[{'])
    assert.equal(shell(text), undefined)
})

test('netsh in English: by DHCP, static, and none', () => {
  const text = `
Configuration for interface "Ethernet"
    DNS servers configured through DHCP:  194.168.4.100
                                          194.168.8.100
    Register with which suffix:           Primary only

Configuration for interface "vEthernet (WSL)"
    Statically Configured DNS Servers:    None
    Register with which suffix:           None

Configuration for interface "Wi-Fi 3"
    Statically Configured DNS Servers:    192.0.2.53
    Register with which suffix:           Primary only
`
  assert.deepEqual(netsh(text), ['194.168.4.100', '194.168.8.100', '192.0.2.53'])
})

test('netsh in another language and with IPv6', () => {
  const text = `
Konfiguration der Schnittstelle "Ethernet"\r
    Statisch konfigurierte DNS-Server:    2001:db8::53\r
                                          fe80::1%12\r
    Mit welchem Suffix registrieren:      Nur primär\r
`
  assert.deepEqual(netsh(text), ['2001:db8::53', 'fe80::1%12'])
})
