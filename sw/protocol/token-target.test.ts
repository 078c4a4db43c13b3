import { expect, test } from 'vitest'
import { guardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import type { ResourceConfig } from '../../src/contract/config.ts'

interface Sent {
  readonly authorization: URLSearchParams
  readonly exchange: URLSearchParams
  readonly refresh: URLSearchParams
  /** For the last of the APIs. */
  readonly further: URLSearchParams
}

/** What a sign-in and two refreshes sent. */
async function sent(resources: readonly ResourceConfig[]): Promise<Sent> {
  const clients = { issuer: ISSUER, clientId: 'app', scope: 'openid read write' }
  const guardian = await guardianInTest({ clients, resources })
  const { searchParams: authorization } = new URL(await guardian.startSignIn())
  await guardian.signIn()
  const { refresher } = guardian.core
  await refresher.refresh('default', await guardian.stored())
  const target = guardian.surroundings.config.resources.at(-1)?.target
  await refresher.refresh('default', await guardian.stored(), target)
  const tokenRequests = guardian.server.requests.filter(({ endpoint }) => endpoint === 'token')
  expect(tokenRequests.map(({ form }) => form.get('grant_type'))).toEqual([
    'authorization_code',
    'refresh_token',
    'refresh_token',
  ])
  const none = new URLSearchParams()
  const [exchange = none, refresh = none, further = none] = tokenRequests.map(({ form }) => form)
  return { authorization, exchange, refresh, further }
}

test('a sign-in names all resources, and each token request the one that its token is for', async () => {
  const { authorization, exchange, refresh, further } = await sent([
    { url: 'https://a.example/', resource: 'https://a.example/', audience: 'all' },
    { url: 'https://b.example/v1/', resource: 'urn:b', audience: 'all' },
    { url: 'https://b.example/v2/', resource: 'urn:b', audience: 'all', scope: 'read' },
  ])
  expect(authorization.getAll('resource')).toEqual(['https://a.example/', 'urn:b'])
  expect(exchange.getAll('resource')).toEqual(['https://a.example/'])
  expect(refresh.getAll('resource')).toEqual(['https://a.example/'])
  expect(further.getAll('resource')).toEqual(['urn:b'])
  expect(authorization.get('scope')).toBe('openid read write')
  expect([exchange, refresh].some((form) => form.has('scope'))).toBe(false)
  expect(further.getAll('scope')).toEqual(['read'])
  for (const parameters of [authorization, exchange, refresh, further]) {
    expect(parameters.getAll('audience')).toEqual(['all'])
  }
})

test('no request names what is not configured', async () => {
  const requests = await sent([{ url: 'https://a.example/' }])
  expect(requests.authorization.has('scope')).toBe(true)
  for (const parameters of Object.values(requests) as URLSearchParams[]) {
    expect(parameters.has('resource')).toBe(false)
    expect(parameters.has('audience')).toBe(false)
    expect(parameters === requests.authorization || !parameters.has('scope')).toBe(true)
  }
})
