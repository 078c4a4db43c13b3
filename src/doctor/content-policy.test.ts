import { describe, expect, test } from 'vitest'
import { allows, parsePolicy, type FetchDirective } from './content-policy.ts'

const APP = 'https://app.example.com/'
const AS = 'https://id.example.com/authorize'

function isAllowed(policy: string, url = AS, directive: FetchDirective = 'frame-src'): boolean {
  return allows(parsePolicy(policy), directive, url, APP)
}

describe('a content policy', () => {
  test.each([
    '',
    "script-src 'self'",
    'frame-src *',
    'frame-src https:',
    'frame-src http:',
    'frame-src id.example.com',
    'frame-src ID.EXAMPLE.com',
    'frame-src https://id.example.com',
    'frame-src https://id.example.com:443',
    'frame-src https://id.example.com:*',
    'frame-src https://*.example.com',
    'frame-src https://id.example.com/',
    'frame-src https://id.example.com/authorize',
    'child-src https://id.example.com',
    'default-src https://id.example.com',
    "frame-src 'self' https://id.example.com",
    "FRAME-SRC https://id.example.com; frame-src 'none'",
    'frame-src https:, default-src https:',
  ])('lets %j frame the server', (policy) => {
    expect(isAllowed(policy)).toBe(true)
  })

  test.each([
    "frame-src 'none'",
    "frame-src 'self'",
    'frame-src',
    'frame-src app.example.com',
    'frame-src https://example.com',
    'frame-src https://*.id.example.com',
    'frame-src https://id.example.com.evil.example',
    'frame-src https://id.example.com:8443',
    'frame-src https://id.example.com/other',
    'frame-src https://id.example.com/authorize/',
    'frame-src wss:',
    "child-src 'none'",
    "default-src 'none'",
    "frame-src 'none'; default-src *",
    "frame-src *, frame-src 'self'",
  ])('does not let %j', (policy) => {
    expect(isAllowed(policy)).toBe(false)
  })

  test.each<[FetchDirective, string, boolean]>([
    ['worker-src', "script-src 'none'", false],
    ['worker-src', "child-src 'self'; script-src 'none'", true],
    ['worker-src', 'worker-src https://app.example.com/sw.js', true],
    ['object-src', "child-src 'none'", true],
    ['connect-src', "script-src 'none'", true],
  ])('of %s falls back as browsers do: %s', (directive, policy, expected) => {
    expect(isAllowed(policy, `${APP}sw.js`, directive)).toBe(expected)
  })

  test('without a scheme takes that of the page, or a safer one', () => {
    const policy = parsePolicy('frame-src id.example.com')
    expect(allows(policy, 'frame-src', 'http://id.example.com/', APP)).toBe(false)
    expect(allows(policy, 'frame-src', AS, 'http://app.example.com/')).toBe(true)
  })
})
