import { TYPE } from './code.ts'
import type { Name } from './name.ts'
import type { Writer } from './writer.ts'

/** The rdata of SRV (RFC 2782): priority and weight are 0-65535, the target is an absolute name. */
export type Srv = {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: Name
}

/** The rdata of SOA (RFC 1035 §3.3.13), with times in seconds. */
export type Soa = {
  readonly mname: Name
  readonly rname: Name
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

/** The rdata of SVCB (RFC 9460 §2.2): `params` has ascending keys, with their values in wire form. */
export type Svcb = {
  readonly priority: number
  readonly target: Name
  readonly params: readonly (readonly [key: number, value: Uint8Array])[]
}

type Rdata = {
  A: Uint8Array
  AAAA: Uint8Array
  NS: Name
  CNAME: Name
  PTR: Name
  SOA: Soa
  SRV: Srv
  TXT: readonly string[]
  HINFO: { readonly cpu: string; readonly os: string }
  SVCB: Svcb
}

/** The record types of answers. */
export type RecordType = keyof Rdata

/** Records of any type from another server, with rdata in wire form without pointers (RFC 3597). */
export type OpaqueRrset = {
  readonly type: 'OPAQUE'
  readonly code: number
  readonly owner: Name
  readonly ttl: number
  readonly rdata: readonly Uint8Array[]
}

/** All records of one owner and type, with one TTL in seconds (RFC 2181 §5.2) and at least one rdata. */
export type Rrset = OwnRrset | OpaqueRrset

type OwnRrset = {
  [T in RecordType]: {
    readonly type: T
    readonly owner: Name
    readonly ttl: number
    readonly rdata: readonly Rdata[T][]
  }
}[RecordType]

/** The properties of a record type that the writer needs. */
type Row<T extends RecordType> = {
  readonly code: number
  readonly encode: (writer: Writer, rdata: Rdata[T]) => void
}

const asTheyAre = (writer: Writer, bytes: Uint8Array): void => writer.bytes(bytes)
const compressible = (writer: Writer, name: Name): void => writer.name(name)

const RECORDS: { readonly [T in RecordType]: Row<T> } = {
  A: { code: TYPE.A, encode: asTheyAre },
  AAAA: { code: TYPE.AAAA, encode: asTheyAre },
  NS: { code: TYPE.NS, encode: compressible },
  CNAME: { code: TYPE.CNAME, encode: compressible },
  PTR: { code: TYPE.PTR, encode: compressible },
  SOA: { code: TYPE.SOA, encode: encodeSoa },
  // RFC 2782 and RFC 3597 §4: the target of SRV is never compressed.
  SRV: { code: TYPE.SRV, encode: encodeSrv },
  TXT: { code: TYPE.TXT, encode: encodeTxt },
  HINFO: { code: TYPE.HINFO, encode: encodeHinfo },
  SVCB: { code: TYPE.SVCB, encode: encodeSvcb },
}

function encodeSoa(writer: Writer, soa: Soa): void {
  writer.name(soa.mname)
  writer.name(soa.rname)
  for (const value of [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum]) writer.u32(value)
}

function encodeSrv(writer: Writer, srv: Srv): void {
  writer.u16(srv.priority)
  writer.u16(srv.weight)
  writer.u16(srv.port)
  writer.plainName(srv.target)
}

/** At least one character string (RFC 1035 §3.3.14). */
function encodeTxt(writer: Writer, strings: readonly string[]): void {
  for (const text of strings.length === 0 ? [''] : strings) writer.characterString(text)
}

function encodeHinfo(writer: Writer, hinfo: Rdata['HINFO']): void {
  writer.characterString(hinfo.cpu)
  writer.characterString(hinfo.os)
}

/** RFC 9460 §2.2: the target is never compressed. */
function encodeSvcb(writer: Writer, { priority, target, params }: Svcb): void {
  writer.u16(priority)
  writer.plainName(target)
  for (const [key, value] of params) {
    writer.u16(key)
    writer.u16(value.length)
    writer.bytes(value)
  }
}

/** The code of an RRset's type and its rdata encoder, for a type known only at run time. */
export function recordRow(rrset: Rrset): {
  code: number
  encode: (writer: Writer, rdata: never) => void
} {
  return rrset.type === 'OPAQUE' ? { code: rrset.code, encode: asTheyAre } : RECORDS[rrset.type]
}
