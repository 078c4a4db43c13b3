import { describe, expect, test } from 'vitest'
import {
  flowAnswerLine,
  headerLine,
  recogniseHost,
  workerGuardLine,
  type Host,
} from './host-lines.ts'

function hostOf(headers: Readonly<Record<string, string>>): Host | undefined {
  return recogniseHost({ get: (name) => headers[name] ?? null })
}

describe('the host', () => {
  test.each<[Host | undefined, Record<string, string>]>([
    ['nginx', { server: 'nginx/1.22.1' }],
    ['caddy', { server: 'Caddy' }],
    ['apache', { server: 'Apache/2.4.62 (Debian)' }],
    ['netlify', { server: 'Netlify' }],
    ['netlify', { server: 'cloudflare', 'x-nf-request-id': 'x' }],
    ['vercel', { server: 'cloudflare', 'x-vercel-id': 'x' }],
    ['github-pages', { server: 'GitHub.com' }],
    [undefined, { server: 'cloudflare' }],
    [undefined, {}],
  ])('%s is known by %o', (host, headers) => {
    expect(hostOf(headers)).toBe(host)
  })
})

describe('the line to change', () => {
  test.each<[Host | undefined, string, string]>([
    ['nginx', 'add_header A "b" always;', 'location = /x { add_header A "b" always; }'],
    ['caddy', 'header A "b"', 'header /x A "b"'],
    [
      'apache',
      'Header always set A "b"',
      `<If "%{REQUEST_URI} == '/x'"> Header always set A "b" </If>`,
    ],
    ['netlify', '_headers: /* ⏎ A: b', '_headers: /x ⏎ A: b'],
    [undefined, 'A: b', 'A: b'],
  ])('of %s sends a header with everything, or with one page', (host, everywhere, once) => {
    expect(headerLine(host, '*', 'A', 'b')).toBe(everywhere)
    expect(headerLine(host, '/x', 'A', 'b')).toBe(once)
  })

  test('of Vercel is JSON for a list of vercel.json', () => {
    const list = (line: string): unknown => JSON.parse(/: (\{.*\})/.exec(line)?.[1] ?? '')
    expect(list(headerLine('vercel', '*', 'A', 'b"'))).toEqual({
      source: '/(.*)',
      headers: [{ key: 'A', value: 'b"' }],
    })
    expect(list(flowAnswerLine('vercel', '/cb'))).toMatchObject({ source: '/cb', statusCode: 303 })
    expect(list(workerGuardLine('vercel', '/sw.js'))).toMatchObject({ source: '/((?!sw.js$).*)' })
  })

  test.each<Host | undefined>(['nginx', 'caddy', 'apache', 'netlify', undefined])(
    'of %s answers a flow path, and refuses foreign workers',
    (host) => {
      const answer = flowAnswerLine(host, '/auth/callback')
      for (const part of ['auth/callback', '/#_', '303', 'no-referrer', 'no-store']) {
        expect(answer).toContain(part)
      }
      expect(workerGuardLine(host, '/sw.js')).toMatch(/403|\[F\]/)
    },
  )

  test('of GitHub Pages is another host', () => {
    for (const line of [
      headerLine('github-pages', '*', 'A', 'b'),
      flowAnswerLine('github-pages', '/cb'),
      workerGuardLine('github-pages', '/sw.js'),
    ]) {
      expect(line).toContain('serve the app from a host that can send headers')
    }
  })
})
