import { describe, expect, test } from 'vitest'
import { headersAt, parseHeadersFile } from '../../e2e/servers/headers-file.ts'
import { oddVaultSite, vaultPaths, vaultSite } from '../../e2e/unit/vault-site.ts'
import { hostFiles, type HostFile } from './host-files.ts'
import { vaultHeaders, type VaultSite } from './vault-headers.ts'

type Headers = Readonly<Record<string, string>>
/** Every group of headers in a file that applies to a path; there must be one. */
type Reading = (content: string, path: string) => readonly Headers[]

function contentOf(name: HostFile['name'], site: VaultSite): string {
  return hostFiles(site).find((file) => file.name === name)?.content ?? ''
}

/** The groups `whole` finds, with their text in group 2, where `applies` says yes of group 1. */
function groups(
  content: string,
  whole: RegExp,
  line: RegExp,
  applies: (condition: string) => boolean,
): Headers[] {
  return [...content.matchAll(whole)]
    .filter(([, condition]) => applies(condition ?? ''))
    .map(([, , body]) => headerLines(body ?? '', line))
}

function headerLines(text: string, line: RegExp): Headers {
  const entries = [...text.matchAll(line)].map(([, name, value]) => [name ?? '', value ?? ''])
  expect(new Set(entries.map(([name]) => name)).size).toBe(entries.length)
  return Object.fromEntries(entries)
}

const onCloudflare: Reading = (content, path) => [headersAt(parseHeadersFile(content), path)]

/** There the last value of a name counts, and lines without a colon do not. */
const onNetlify: Reading = (content, path) => [
  Object.fromEntries(
    parseHeadersFile(content)
      .filter(({ pattern }) => pattern === '/*' || pattern === path)
      .flatMap(({ headers }) => Object.entries(headers)),
  ),
]

const onVercel: Reading = (content, path) => {
  const { headers } = JSON.parse(content) as {
    headers: { source: string; headers: { key: string; value: string }[] }[]
  }
  return headers
    .filter(({ source }) =>
      source.includes('(') ? new RegExp(`^${source}$`).test(path) : source === path,
    )
    .map((rule) => Object.fromEntries(rule.headers.map(({ key, value }) => [key, value])))
}

const onNginx: Reading = (content, path) => {
  const line = /^ *add_header (\S+) "([^"]*)" always;$/gm
  const found = groups(content, /^location ~ "([^"\n]*)" \{\n(.*?)^\}$/gms, line, (pattern) =>
    new RegExp(pattern).test(path),
  )
  return found.length > 0 ? found : [headerLines(content.split('\nlocation')[0] ?? '', line)]
}

const onCaddy: Reading = (content, path) => {
  const lists = new Map(
    [...content.matchAll(/^ *@(\w+) (not )?path (.*)$/gm)].map(([, name, not, list]) => [
      name ?? '',
      (list ?? '').split(' ').includes(path) !== (not !== undefined),
    ]),
  )
  return groups(
    content,
    /^ {2}header @(\w+) \{\n(.*?)^ {2}\}$/gms,
    /^ *(\S+) "([^"]*)"$/gm,
    (name) => lists.get(name) === true,
  )
}

const onApache: Reading = (content, path) => {
  const line = /^ *Header always set (\S+) "([^"]*)"$/gm
  const found = groups(
    content,
    /^<(?:If|ElseIf) "%\{REQUEST_URI\} in \{ ([^}\n]*) \}">\n(.*?)^<\//gms,
    line,
    (list) => list.split(', ').includes(`'${path}'`),
  )
  return found.length > 0 ? found : groups(content, /^<(Else)>\n(.*?)^<\//gms, line, () => true)
}

const hosts: readonly [string, HostFile['name'], Reading][] = [
  ['Cloudflare Pages', '_headers', onCloudflare],
  ['Netlify', '_headers', onNetlify],
  ['Vercel', 'vercel.json', onVercel],
  ['nginx', 'nginx.conf', onNginx],
  ['Caddy', 'Caddyfile', onCaddy],
  ['Apache', '.htaccess', onApache],
]

function lowerCase(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}

describe('files for hosts', () => {
  test.each(hosts)('%s gives every path its headers, and once', (_, name, read) => {
    for (const site of [vaultSite, oddVaultSite]) {
      const content = contentOf(name, site)
      for (const path of vaultPaths) {
        const found = read(content, path).map(lowerCase)
        expect(found, path).toEqual([lowerCase(vaultHeaders(site, path))])
      }
    }
  })

  test('local sites say nothing of https anywhere', () => {
    for (const { content } of hostFiles({ ...vaultSite, appOrigins: ['http://localhost:5173'] })) {
      expect(content).not.toContain('Strict-Transport-Security')
    }
  })

  test('only files that a host looks for in the folder are put inside', () => {
    const inside = hostFiles(vaultSite).filter(({ place }) => place === 'inside')
    expect(inside.map(({ name }) => name)).toEqual(['_headers', 'vercel.json', '.htaccess'])
  })

  test('Vercel serves pages without .html, and redirects requests for other worker scripts', () => {
    const { rewrites, redirects } = JSON.parse(contentOf('vercel.json', vaultSite)) as {
      rewrites: { source: string; destination: string }[]
      redirects: { source: string; has: unknown }[]
    }
    expect(rewrites).toContainEqual({
      source: '/auth/callback',
      destination: '/auth/callback.html',
    })
    expect(rewrites.every(({ source, destination }) => `${source}.html` === destination)).toBe(true)
    const [redirect] = redirects
    expect(redirect?.has).toEqual([{ type: 'header', key: 'service-worker' }])
    const matches = new RegExp(`^${redirect?.source}$`)
    expect(matches.test('/guardian-sw.js')).toBe(false)
    for (const path of [
      '/',
      '/bridge.js',
      '/guardian-sw.js/x',
      '/x/guardian-sw.js',
      '/guardian-sw-js',
    ])
      expect(matches.test(path), path).toBe(true)
  })

  test('nginx and Caddy do not log the paths whose query may hold a code', () => {
    const [, callback] = contentOf('nginx.conf', vaultSite).split('location ~ "^(?:/auth/callback')
    expect(callback?.split('\n}')[0]).toContain('access_log off;')
    expect(contentOf('Caddyfile', vaultSite)).toMatch(/@flow path .*\/auth\/callback /)
  })

  test('a site without callbacks makes no rule that matches everything', () => {
    const files = hostFiles({ ...vaultSite, callbackPaths: [] })
    for (const { content } of files) expect(content).not.toMatch(/\(\?:\)|@formPost/)
  })

  test('refuses what Cloudflare would leave out without a word', () => {
    const connectOrigins = Array.from({ length: 90 }, (_, at) => `https://api-${at}.example.com`)
    expect(() => hostFiles({ ...vaultSite, connectOrigins })).toThrow('more than 2000')
    const callbackPaths = Array.from({ length: 60 }, (_, at) => `/cb/${at}`)
    expect(() => hostFiles({ ...vaultSite, callbackPaths })).toThrow('100 header rules')
  })
})
