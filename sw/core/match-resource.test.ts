import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { configWith } from '../../e2e/unit/parsed-config.ts'
import type { ParsedResource } from '../../src/contract/config.ts'
import { coversUrl, matchResource, type RequestFacts } from './match-resource.ts'

const resources = configWith({
  resources: [
    { url: 'https://api.example/v1/', methods: ['GET', 'POST'] },
    { url: 'http://localhost:4001/v1/' },
    { url: 'https://xn--bcher-kva.example/' },
  ],
}).resources
const [api, local, idn] = resources as [ParsedResource, ParsedResource, ParsedResource]

/** A request as the worker sees it: its URL is the one that the browser has parsed. */
function facts(url: string, change: Partial<RequestFacts> = {}): RequestFacts {
  const headers = new Headers()
  return {
    url: new URL(url).href,
    method: 'GET',
    mode: 'cors',
    destination: '',
    headers,
    ...change,
  }
}

describe('matchResource', () => {
  test.each([
    'https://api.example/v1/',
    'https://api.example/v1/me',
    'https://api.example/v1/me?x=../../',
    'https://api.example/v1/a/../b',
    'https://api.example/v1/a%20b',
    'https://api.example/v1/100%25',
    'https://api.example/v1/...',
    'https://api.example/v1/.well-known/x',
    'https://api.example/v1/a..b/c.',
    'https://api.example/v1/#fragment',
    'https://api.example:443/v1/me',
    'HTTPS://API.EXAMPLE/v1/me',
    String.raw`https:\\api.example\v1\me`,
    'https://api.exa\tmple/v1/me',
    'https://ａｐｉ.example/v1/me',
    'https://api%2eexample/v1/me',
  ])('gives the token to %j, which the browser sends to the API', (url) => {
    expect(matchResource(facts(url), resources)).toBe(api)
  })

  test('knows an international host by either spelling', () => {
    expect(matchResource(facts('https://bücher.example/x'), resources)).toBe(idn)
    expect(matchResource(facts('https://BÜCHER.example/x'), resources)).toBe(idn)
    expect(matchResource(facts('https://xn--bcher-kva.example/x'), resources)).toBe(idn)
    expect(matchResource(facts('https://bucher.example/x'), resources)).toBeUndefined()
    expect(matchResource(facts('https://bücher.example./x'), resources)).toBeUndefined()
  })

  test.each([
    ['http instead of https', 'http://api.example/v1/me'],
    ['another port', 'https://api.example:8443/v1/me'],
    ['port 80', 'https://api.example:80/v1/me'],
    ['a host that ends in a dot', 'https://api.example./v1/me'],
    ['a host with the API as its first labels', 'https://api.example.evil/v1/me'],
    ['a host with the API as its last labels', 'https://evil.api.example/v1/me'],
    ['a host that ends in the same letters', 'https://evilapi.example/v1/me'],
    ['a host that starts with the same letters', 'https://api.example-evil/v1/me'],
    ['a Cyrillic lookalike', 'https://аpi.example/v1/me'],
    ['the API as user name', 'https://api.example@evil.example/v1/me'],
    ['the API as user name and password', 'https://api.example:443@evil.example/v1/me'],
    ['the API in the path', 'https://evil.example/https://api.example/v1/me'],
    ['the API in the query', 'https://evil.example/?https://api.example/v1/me'],
    ['the API in the fragment', 'https://evil.example/#https://api.example/v1/me'],
    ['a user name', 'https://user@api.example/v1/me'],
    ['a password', 'https://:pass@api.example/v1/me'],
    ['the path without its slash', 'https://api.example/v1'],
    ['a path that goes on', 'https://api.example/v10/me'],
    ['a path in another case', 'https://api.example/V1/me'],
    ['an encoded path', 'https://api.example/%761/me'],
    ['another path', 'https://api.example/debug/v1/'],
    ['dot segments that leave', 'https://api.example/v1/../debug'],
    ['encoded dot segments that leave', 'https://api.example/v1/%2e%2e/debug'],
    ['half-encoded dot segments that leave', 'https://api.example/v1/.%2E/debug'],
    ['backslashes that leave', String.raw`https://api.example/v1/..\debug`],
    ['an encoded slash after dots', 'https://api.example/v1/..%2fdebug'],
    ['an encoded slash before dots', 'https://api.example/v1/x%2F..%2F..%2Fdebug'],
    ['an encoded slash after encoded dots', 'https://api.example/v1/%2e%2e%2fdebug'],
    ['an encoded backslash', 'https://api.example/v1/..%5cdebug'],
    ['doubly encoded dots', 'https://api.example/v1/%252e%252e/debug'],
    ['doubly encoded dots and slash', 'https://api.example/v1/%252e%252e%252fdebug'],
    ['a matrix parameter after dots', 'https://api.example/v1/..;/debug'],
    ['a matrix parameter after dots at the end', 'https://api.example/v1/..;a=b'],
    ['an encoded single dot', 'https://api.example/v1/%252e/x'],
    ['a websocket', 'wss://api.example/v1/'],
    ['a blob', 'blob:https://api.example/v1/x'],
    ['data', 'data:text/plain,https://api.example/v1/'],
  ])('gives no token to %s', (_what, url) => {
    expect(matchResource(facts(url), resources)).toBeUndefined()
  })

  // Servers that decode before they split (Tomcat behind a proxy) read `%3b` as `;` and `%2525` as `%25`.
  test.each([
    ['an encoded matrix parameter after dots', 'https://api.example/v1/..%3b/debug'],
    ['triply encoded dots', 'https://api.example/v1/%25252e%25252e/debug'],
  ])('gives no token to %s', (_what, url) => {
    expect(matchResource(facts(url), resources)).toBeUndefined()
  })

  test('takes only the methods of the resource, exactly as they are written', () => {
    const url = 'https://api.example/v1/me'
    for (const method of ['GET', 'POST']) {
      expect(matchResource(facts(url, { method }), resources)).toBe(api)
    }
    for (const method of ['PUT', 'DELETE', 'get', 'patch', 'HEAD', 'OPTIONS', '']) {
      expect(matchResource(facts(url, { method }), resources)).toBeUndefined()
    }
    expect(matchResource(facts('http://localhost:4001/v1/x', { method: 'PUT' }), resources)).toBe(
      local,
    )
  })

  test('takes only requests that script makes with CORS rules', () => {
    const url = 'https://api.example/v1/me'
    for (const mode of ['cors', 'same-origin']) {
      expect(matchResource(facts(url, { mode }), resources)).toBe(api)
    }
    for (const mode of ['no-cors', 'navigate', 'websocket', '']) {
      expect(matchResource(facts(url, { mode }), resources)).toBeUndefined()
    }
    for (const destination of [
      'document',
      'iframe',
      'image',
      'script',
      'style',
      'worker',
      'font',
      'video',
      'object',
      'report',
    ]) {
      expect(matchResource(facts(url, { destination }), resources)).toBeUndefined()
    }
  })

  test('takes a request of an element only for a resource that lists what it is for', () => {
    const [both] = configWith({
      resources: [{ url: 'https://api.example/v1/', destinations: ['image', 'media'] }],
    }).resources as [ParsedResource]
    const url = 'https://api.example/v1/x'
    const of = (change: Partial<RequestFacts>): ParsedResource | undefined =>
      matchResource(facts(url, { mode: 'no-cors', ...change }), [both])
    for (const destination of ['image', 'audio', 'video', 'track']) {
      expect(of({ destination })).toBe(both)
      expect(of({ destination, mode: 'cors' })).toBe(both)
      expect(of({ destination, method: 'HEAD' })).toBe(both)
      expect(of({ destination, method: 'POST' })).toBeUndefined()
    }
    for (const destination of ['', 'style', 'script', 'font', 'document', 'iframe', 'object']) {
      expect(of({ destination })).toBeUndefined()
      expect(of({ destination, mode: 'cors' })).toBeUndefined()
    }
    expect(matchResource(facts(`${url}/../../debug`, { destination: 'image' }), [both])).toBe(
      undefined,
    )
  })

  test('takes the first resource that covers a URL', () => {
    const nested = configWith({
      clients: {
        one: { issuer: 'https://as.example', clientId: '1' },
        two: { issuer: 'https://as2.example', clientId: '2', redirectPath: '/two' },
      },
      resources: [
        { url: 'https://api.example/v1/admin/', client: 'two' },
        { url: 'https://api.example/v1/', client: 'one' },
      ],
    }).resources
    expect(matchResource(facts('https://api.example/v1/admin/x'), nested)?.client).toBe('two')
    expect(matchResource(facts('https://api.example/v1/x'), nested)?.client).toBe('one')
  })
})

describe('coversUrl', () => {
  const segment = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '%2E.',
      '..%2f',
      '%2e%2e%5c',
      '%252e%252e',
      '%25252e.',
      '..%253b',
      '%255c..',
      '..;',
      'v1',
      '',
      '...',
    ),
    fc.stringMatching(/^[A-Za-z0-9._~%-]{0,6}$/),
    fc.string({ maxLength: 4 }),
  )

  test('never covers a URL whose path leaves the prefix, however often it is decoded', () => {
    fc.assert(
      fc.property(
        fc.array(segment, { maxLength: 6 }),
        fc.constantFrom('/', '%2f', '%5C', '\\'),
        (parts, joint) => {
          const url = parse(`https://api.example/v1/${parts.join(joint)}`)
          if (url === undefined || !coversUrl(api, url.href)) return
          let path = url.pathname
          for (let times = 0; times < 5; times += 1) {
            path = decode(path)
              .replaceAll('\\', '/')
              .replaceAll(/;[^/]*/g, '')
            const resolved = new URL('https://x/')
            resolved.pathname = path
            expect(resolved.pathname.startsWith('/v1/')).toBe(true)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  // The limit is a thousand times what a decision takes when it grows with the length, not with its square.
  test(
    'decides at once about a path that is encoded thirty thousand times over',
    { timeout: 2000 },
    () => {
      const deep = `https://api.example/v1/%${'25'.repeat(30_000)}2e%2e/debug`
      expect(coversUrl(api, deep)).toBe(false)
    },
  )

  test('covers no URL of another origin, whatever surrounds the name of the API', () => {
    const noise = fc.stringMatching(/^[a-z0-9.@:/?#%\\-]{1,8}$/)
    fc.assert(
      fc.property(noise, noise, (before, after) => {
        for (const text of [
          `https://${before}api.example${after}/v1/`,
          `https://api.example${after}/v1/`,
          `https://${before}api.example/v1/`,
        ]) {
          const url = parse(text)
          if (url && coversUrl(api, url.href)) {
            expect(url.origin).toBe('https://api.example')
            expect(url.username + url.password).toBe('')
          }
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('covers every ordinary path below the prefix', () => {
    const ordinary = fc.stringMatching(/^[A-Za-z0-9_~:@!$&'()*+,=-][A-Za-z0-9._~:@-]{0,8}$/)
    fc.assert(
      fc.property(fc.array(ordinary, { maxLength: 5 }), (parts) => {
        expect(coversUrl(api, `https://api.example/v1/${parts.join('/')}`)).toBe(true)
      }),
    )
  })
})

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** Decodes what can be decoded, as a lenient server does. */
function decode(path: string): string {
  return path.replaceAll(/%([0-9a-f]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
