import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { offline } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'

let guardian: GuardianInTest

beforeEach(async () => {
  guardian = await guardianInTest()
})

const load = () => guardian.core.servers.server('default')
const loads = (): number => guardian.server.count('openid-configuration')

describe('the metadata of a server', () => {
  test('is loaded once for many callers, and again after an hour', async () => {
    await Promise.all(Array.from({ length: 20 }, load))
    guardian.pass(3599)
    await load()
    expect(loads()).toBe(1)
    guardian.pass(1)
    await load()
    expect(loads()).toBe(2)
  })

  test('is not remembered as a failure', async () => {
    guardian.server.answer('openid-configuration', offline)
    await expectFailure(load(), 'metadata-unreachable')
    guardian.server.answer('openid-configuration')
    await load()
  })

  test('may be old when the server cannot be reached, but not when it has become unusable', async () => {
    const first = await load()
    guardian.pass(3600)
    guardian.server.answer('openid-configuration', offline)
    expect(await load()).toBe(first)
    guardian.server.answer('openid-configuration')
    guardian.server.metadata['issuer'] = 'https://evil.example'
    await expectFailure(load(), 'metadata-invalid')
  })

  test.each([
    'authorization_endpoint',
    'token_endpoint',
    'revocation_endpoint',
    'introspection_endpoint',
    'pushed_authorization_request_endpoint',
  ])('is refused when a resource covers its %s, however it is spelled', async (endpoint) => {
    for (const url of [
      'https://api.example/v1/oauth/x',
      'https://API.example/v1/oauth/x',
      'https://api.example:443/v1/oauth/x',
      'https://api.example/x/../v1/oauth/x',
    ]) {
      guardian.server.metadata[endpoint] = url
      await expectFailure(load(), 'metadata-invalid')
    }
    guardian.server.metadata[endpoint] = 'https://api.example/oauth/x'
    await load()
  })

  test('is that of a configured client only', async () => {
    for (const name of ['other', '', 'toString', '__proto__']) {
      await expectFailure(guardian.core.servers.server(name), 'unknown-client')
    }
    expect(guardian.server.requests).toEqual([])
  })
})
