/** Record types by mnemonic (IANA DNS parameters), those that one may want to ask for. */
const codes: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  NULL: 10,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  CDS: 59,
  CDNSKEY: 60,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  URI: 256,
  CAA: 257,
  TA: 32_768,
  DLV: 32_769,
}

const mnemonics = new Map(Object.entries(codes).map(([mnemonic, code]) => [code, mnemonic]))

/** A type as one types it ('srv', 'TYPE65', '65') → its number; undefined when it is none (RFC 3597 §5). */
export function typeFromText(text: string): number | undefined {
  const upper = text.toUpperCase()
  const code = Object.hasOwn(codes, upper) ? codes[upper] : Number(/^(?:TYPE)?([0-9]{1,5})$/.exec(upper)?.[1])
  return code !== undefined && code <= 0xffff ? code : undefined
}

/** A type's number → its mnemonic, or 'TYPE65280' (RFC 3597 §5). */
export function typeText(code: number): string {
  return mnemonics.get(code) ?? `TYPE${code}`
}

/** Rcodes by number (RFC 6895 §2.3), BADVERS and BADCOOKIE with OPT's upper bits. */
const rcodes: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  16: 'BADVERS',
  23: 'BADCOOKIE',
}

/** A whole rcode → its mnemonic, or 'RCODE241'. */
export function rcodeText(rcode: number): string {
  return rcodes[rcode] ?? `RCODE${rcode}`
}

const opcodes = ['QUERY', 'IQUERY', 'STATUS', 'OPCODE3', 'NOTIFY', 'UPDATE']

/** An opcode → its mnemonic (RFC 6895 §2.2), or 'OPCODE6'. */
export function opcodeText(opcode: number): string {
  return opcodes[opcode] ?? `OPCODE${opcode}`
}

const classes: Readonly<Record<number, string>> = { 1: 'IN', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' }

/** A class's number → its mnemonic (RFC 6895 §3.2), or 'CLASS2' (RFC 3597 §5). */
export function classText(code: number): string {
  return classes[code] ?? `CLASS${code}`
}
