/** The record types that users may want to query, by mnemonic (IANA DNS parameters). */
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

/** The text of a type ('srv', 'TYPE65', '65') → its number; undefined when it is not a type (RFC 3597 §5). */
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

/** Errors of TSIG and TKEY, where 16 is not BADVERS (RFC 8945 §3, RFC 2930 §2.6). */
const tsigErrors = ['BADSIG', 'BADKEY', 'BADTIME', 'BADMODE', 'BADNAME', 'BADALG', 'BADTRUNC']

/** The error field of a TSIG or TKEY record → its mnemonic, or its number. */
export function tsigErrorText(code: number): string {
  return tsigErrors[code - 16] ?? rcodes[code] ?? String(code)
}

/** Types of certificates (RFC 4398 §2.1). */
const certificateTypes: Readonly<Record<number, string>> = {
  1: 'PKIX',
  2: 'SPKI',
  3: 'PGP',
  4: 'IPKIX',
  5: 'ISPKI',
  6: 'IPGP',
  7: 'ACPKIX',
  8: 'IACPKIX',
  253: 'URI',
  254: 'OID',
}

/** The type of a CERT record's certificate → its mnemonic, or its number. */
export function certificateTypeText(code: number): string {
  return certificateTypes[code] ?? String(code)
}

/** Security algorithms (RFC 4034 Appendix A.1, and IANA's table for later ones). */
const algorithms: Readonly<Record<number, string>> = {
  1: 'RSAMD5',
  2: 'DH',
  3: 'DSA',
  5: 'RSASHA1',
  6: 'NSEC3DSA',
  7: 'NSEC3RSASHA1',
  8: 'RSASHA256',
  10: 'RSASHA512',
  12: 'ECCGOST',
  13: 'ECDSAP256SHA256',
  14: 'ECDSAP384SHA384',
  15: 'ED25519',
  16: 'ED448',
  252: 'INDIRECT',
  253: 'PRIVATEDNS',
  254: 'PRIVATEOID',
}

/** The number of a security algorithm → its mnemonic, or the number. */
export function algorithmText(code: number): string {
  return algorithms[code] ?? String(code)
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
