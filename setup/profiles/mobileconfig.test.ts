import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'plist'
import { factsWith, sampleFacts, sampleReverse } from './facts.case.ts'
import { mobileconfig } from './mobileconfig.ts'
import type { SetupFacts } from './profile.ts'

type Fields = Record<string, unknown>

async function read(facts: SetupFacts): Promise<{ profile: Fields; payload: Fields; settings: Fields }> {
  const profile = parse(await mobileconfig.write(facts)) as Fields
  const [payload = {}, another] = profile.PayloadContent as Fields[]
  assert.equal(another, undefined)
  return { profile, payload, settings: payload.DNSSettings as Fields }
}

/**
 * The keys of Apple's published schema (device-management, mdm/profiles: TopLevel.yaml, CommonPayloadKeys.yaml,
 * com.apple.dnsSettings.managed.yaml) with the types of their values; true for those that are required.
 */
const schema: Readonly<Record<string, Readonly<Record<string, readonly [type: string, required: boolean]>>>> =
  {
    profile: {
      PayloadContent: ['array', false],
      PayloadDescription: ['string', false],
      PayloadDisplayName: ['string', false],
      PayloadExpirationDate: ['date', false],
      PayloadIdentifier: ['string', true],
      PayloadOrganization: ['string', false],
      PayloadUUID: ['string', true],
      PayloadRemovalDisallowed: ['boolean', false],
      PayloadType: ['string', true],
      PayloadVersion: ['number', true],
      PayloadScope: ['string', false],
    },
    payload: {
      PayloadType: ['string', true],
      PayloadVersion: ['number', true],
      PayloadIdentifier: ['string', true],
      PayloadUUID: ['string', true],
      PayloadDisplayName: ['string', false],
      DNSSettings: ['object', true],
      OnDemandRules: ['array', false],
      ProhibitDisablement: ['boolean', false],
    },
    settings: {
      DNSProtocol: ['string', true],
      ServerURL: ['string', false],
      ServerName: ['string', false],
      ServerAddresses: ['array', false],
      SupplementalMatchDomains: ['array', false],
      AllowFailover: ['boolean', false],
    },
  }

test('the profile is a property list with the keys and types of Apple’s schema', async () => {
  const parts: Readonly<Record<string, Fields>> = await read(sampleFacts)
  for (const [part, keys] of Object.entries(schema)) {
    const value = parts[part] ?? {}
    for (const key of Object.keys(value)) {
      const type = Array.isArray(value[key]) ? 'array' : typeof value[key]
      assert.equal(keys[key]?.[0], type, `${part}.${key}`)
    }
    for (const [key, [, required]] of Object.entries(keys))
      if (required) assert.ok(key in value, `${part}.${key}`)
  }
})

test('it sends the zones outside .local and the reverse zones to the edge over HTTPS', async () => {
  const { profile, payload, settings } = await read(sampleFacts)
  assert.equal(profile.PayloadType, 'Configuration')
  assert.equal(profile.PayloadScope, 'System')
  assert.equal(payload.PayloadType, 'com.apple.dnsSettings.managed')
  assert.deepEqual(settings, {
    DNSProtocol: 'HTTPS',
    ServerURL: sampleFacts.dohUrl,
    SupplementalMatchDomains: ['prod.k8s.example.com', ...sampleReverse],
  })
  assert.match(String(profile.PayloadDescription), /VPN.*2027-03-01/)
})

test('the identifiers stay for another token, and differ for another edge and other clusters', async () => {
  const idOf = async (facts: SetupFacts): Promise<string> => {
    const { profile, payload } = await read(facts)
    assert.notEqual(profile.PayloadUUID, payload.PayloadUUID)
    for (const { PayloadUUID, PayloadIdentifier } of [profile, payload]) {
      assert.match(
        String(PayloadUUID),
        /^[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/,
      )
      assert.match(String(PayloadIdentifier), /^kubedoh\.[0-9A-F-]{36}(\.dns)?$/)
    }
    return [profile.PayloadUUID, payload.PayloadUUID, payload.PayloadIdentifier].join()
  }
  const id = await idOf(sampleFacts)
  const at = (url: string): SetupFacts => ({ ...sampleFacts, dohUrl: url })
  assert.equal(await idOf(at('https://dns.example.com/dns-query/prod-otherotherotherothe2345')), id)
  assert.equal(await idOf(at('https://dns.example.com/dns-query')), id)
  assert.equal(await idOf(factsWith({ reverse: [] })), id)
  const zones = [{ name: 'a.example', cluster: 'dev', primary: true }]
  for (const other of [at('https://dns.example.com:8443/dns-query'), factsWith({ zones })])
    assert.notEqual(await idOf(other), id)
})

test('characters that XML reserves are escaped', async () => {
  const dohUrl = 'https://dns.example.com/a%26b%3C/dns-query/prod-a'
  const { settings } = await read({ ...sampleFacts, dohUrl })
  assert.equal(settings.ServerURL, dohUrl)
})
