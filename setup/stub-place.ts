/** Where `kubedoh connect` answers unless told otherwise. mDNS has port 5353, and systemd-resolved uses 5355. */
export const stubPlace = { host: '127.0.0.1', port: 5053 } as const
