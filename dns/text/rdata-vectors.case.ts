/*
 * Rdata by type: its bytes in hexadecimal, and its text as BIND prints it. There is at least one vector for each type
 * that has a text.
 */

export type RdataVector = readonly [type: number, rdata: string, text: string]

const fooExampleCom = '03666f6f 076578616d706c65 03636f6d 00'
const fooExampleOrg = '03666f6f 076578616d706c65 036f7267 00'
/** Zero bytes, in hexadecimal. */
export const zeros = (count: number): string => '00'.repeat(count)
/** The vectors of RFC 9460, Appendix D, and others; for SVCB and HTTPS. */
const services: readonly (readonly [rdata: string, text: string])[] = [
  [`0000 ${fooExampleCom}`, '0 foo.example.com.'],
  ['0001 00', '1 .'],
  [`0010 ${fooExampleCom} 0003 0002 0035`, '16 foo.example.com. port=53'],
  [`0001 ${fooExampleCom} 029b 0005 68656c6c6f`, '1 foo.example.com. key667="hello"'],
  [`0001 ${fooExampleCom} 029b 0009 68656c6c6fd2716f6f`, '1 foo.example.com. key667="hello\\210qoo"'],
  [
    `0001 ${fooExampleCom} 0006 0020 20010db8${zeros(11)}01 20010db8${zeros(8)}00530001`,
    '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
  ],
  [
    `0010 ${fooExampleOrg} 0000 0004 0001 0004 0001 0009 026832 0568332d3139 0004 0004 c0000201`,
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [
    `0010 ${fooExampleOrg} 0001 000c 08665c6f6f2c626172 026832`,
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  ],
  ['0001 00 0001 0003 026832 0002 0000 0005 0003 abcdef', '1 . alpn="h2" no-default-alpn ech=q83v'],
  ['0001 00 0009 0000 ffff 0001 22', '1 . key9 key65535="\\""'],
]

const signature = '0001 05 03 00015180 3e7c9dd7 3e5510d7 0a52 076578616d706c65 03636f6d 00 a0904c'
/** RFC 4034 §5.4 */
const digest = 'ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118'
const withDigest = '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118'
const withKey = '256 3 5 AQID'
const withSignature = 'A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJBM'

/** Records that a zone file may contain. */
export const zoneVectors: readonly RdataVector[] = [
  [1, 'c0000201', '192.0.2.1'],
  [2, fooExampleCom, 'foo.example.com.'],
  [5, fooExampleCom, 'foo.example.com.'],
  [
    6,
    `${fooExampleCom} 01 68 00 00000001 00000002 00000003 00000004 ffffffff`,
    'foo.example.com. h. 1 2 3 4 4294967295',
  ],
  [12, '03 612062 04 63286429 00', 'a\\032b.c\\(d\\).'],
  [13, '01 61 02 6222', '"a" "b\\""'],
  [15, `000a ${fooExampleCom}`, '10 foo.example.com.'],
  [16, '02 6869 00 05 225cc3a97f', '"hi" "" "\\"\\\\\\195\\169\\127"'],
  [18, `0001 ${fooExampleCom}`, '1 foo.example.com.'],
  [24, signature, withSignature],
  [25, '0100 03 05 010203', withKey],
  [28, '20010db8000000000000000000000001', '2001:db8::1'],
  [33, `0001 0002 0003 ${fooExampleCom}`, '1 2 3 foo.example.com.'],
  [36, `000a ${fooExampleCom}`, '10 foo.example.com.'],
  [39, fooExampleCom, 'foo.example.com.'],
  // RFC 3123 §4 and §5
  [42, '', ''],
  [42, '0001 15 03 c0a820 0001 1c 83 c0a826', '1:192.168.32.0/21 !1:192.168.38.0/28'],
  [42, '0001 04 01 e0 0002 08 01 ff 0002 00 00', '1:224.0.0.0/4 2:ff00::/8 2:::/0'],
  // RFC 4025 §3.2
  [45, '0a 01 02 c0000226 01035153 7986ed35', '10 1 2 192.0.2.38 AQNRU3mG7TU='],
  [45, '0a 00 02 01035153 7986ed35', '10 0 2 . AQNRU3mG7TU='],
  [45, `0a 03 02 ${fooExampleCom} 01035153 7986ed35`, '10 3 2 foo.example.com. AQNRU3mG7TU='],
  [45, '0a 02 02 20010db8000080020000000000002000 01', '10 2 2 2001:db8:0:8002::2000 AQ=='],
  [49, '000201 636fc0b8', 'AAIBY2/AuA=='],
  [53, '03 01 01 abcd', '3 1 1 ABCD'],
  // RFC 8005 §6, the key cut
  [55, '10 02 0003 200100107b1a74df365639cc39f1d578 030100', '2 200100107B1A74DF365639CC39F1D578 AwEA'],
  [
    55,
    `10 02 0003 200100107b1a74df365639cc39f1d578 030100 ${fooExampleCom} ${fooExampleOrg}`,
    '2 200100107B1A74DF365639CC39F1D578 AwEA foo.example.com. foo.example.org.',
  ],
  [59, digest, withDigest],
  [60, '0100 03 05 010203', withKey],
  [99, '02 6869', '"hi"'],
  [32_768, digest, withDigest],
  [32_769, digest, withDigest],
  [29, '00 12 16 13 8b0d2c8c 7ffc9ef0 009888a8', '51 30 12.748 N 0 3 41.456 W -35.44m 1m 10000m 10m'],
  // RFC 3403 §6.2
  [35, '0064 0032 01 73 06 7a333935302b 00 00', '100 50 "s" "z3950+" "" .'],
  [17, `${fooExampleCom} 00`, 'foo.example.com. .'],
  [37, '0001 0002 08 abcd', 'PKIX 2 RSASHA256 q80='],
  [37, '0009 0002 63 abcd', '9 2 99 q80='],
  [43, digest, withDigest],
  [44, '02 01 123456789abcdef67890123456789abcdef67890', '2 1 123456789ABCDEF67890123456789ABCDEF67890'],
  [48, '0100 03 05 010203', withKey],
  // RFC 4034 §3.3, its signature cut
  [46, signature, withSignature],
  // RFC 4034 §4.3
  [
    47,
    `04686f7374 076578616d706c65 03636f6d 00 0006 400100000003 041b ${zeros(26)}20`,
    'host.example.com. A MX RRSIG NSEC TYPE1234',
  ],
  // RFC 5155 Appendix A
  [
    50,
    '01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 22010000000290',
    '1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM',
  ],
  [51, '01 00 0000 00', '1 0 0 -'],
  [52, '03 01 01 abcd', '3 1 1 ABCD'],
  [256, '000a 0001 6674703a2f2f6674702e6578616d706c652f', '10 1 "ftp://ftp.example/"'],
  [257, '00 05 6973737565 3b', '0 issue ";"'],
  [257, '00 05 6973737565', '0 issue ""'],
  ...services.flatMap(([rdata, text]): RdataVector[] => [
    [64, rdata, text],
    [65, rdata, text],
  ]),
  // NULL has only the generic text.
  [10, '01ab', '\\# 2 01AB'],
  [65_280, '', '\\# 0'],
  [65_280, '0a0000ab', '\\# 4 0A0000AB'],
]

const newerKeys =
  '0001 00 0001 0003 026832 0002 0000 0005 0003 abcdef 0007 0010 2f646e732d71756572797b3f646e737d 0008 0000'

/** Records with another text in BIND 9.18, which does not name newer keys of SVCB and refuses an NSEC without types. */
export const widerVectors: readonly RdataVector[] = [
  [47, '00', '.'],
  [64, newerKeys, '1 . alpn="h2" no-default-alpn ech=q83v dohpath="/dns-query{?dns}" ohttp'],
  [65, newerKeys, '1 . alpn="h2" no-default-alpn ech=q83v dohpath="/dns-query{?dns}" ohttp'],
]

/** Records that only messages contain: TKEY and TSIG, of the class ANY. */
export const messageVectors: readonly RdataVector[] = [
  [249, '0161 00 12345678 12345679 0003 0000 0003 010203 0000', 'a. 305419896 305419897 3 NOERROR 3 AQID 0'],
  [249, '0161 00 00000000 ffffffff 0002 0012 0000 0002 abcd', 'a. 0 4294967295 2 BADTIME 0 2 q80='],
  [250, '0161 00 000112345678 012c 0003 010203 1234 0000 0000', 'a. 4600387192 300 3 AQID 4660 NOERROR 0'],
  [
    250,
    '0161 00 000012345678 012c 0000 1234 0010 0006 010203040506',
    'a. 305419896 300 0 4660 BADSIG 6 AQIDBAUG',
  ],
  [250, '0161 00 000012345678 012c 0000 1234 0063 0000', 'a. 305419896 300 0 4660 99 0'],
]
