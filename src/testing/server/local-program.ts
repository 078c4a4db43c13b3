import type { IncomingMessage } from 'node:http'

/** Loopback by address and by name (no DNS rebinding), and not made by a page: browsers say `Sec-Fetch-Site`. */
export function isFromLocalProgram(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? ''
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  const site = request.headers['sec-fetch-site']
  return (
    (address === '::1' || /^(::ffff:)?127\./.test(address)) &&
    ['localhost', '127.0.0.1', '[::1]'].includes(host) &&
    (site === undefined || site === 'none') &&
    request.headers.origin === undefined
  )
}
