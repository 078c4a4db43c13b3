import { expect, test } from 'vitest'
import { guardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import type { ResourceConfig } from '../../src/contract/config.ts'

/** What a sign-in and a refresh sent: to the authorization endpoint, with the code, with the refresh token. */
async function sent(resources: readonly ResourceConfig[]): Promise<URLSearchParams[]> {
  const guardian = await guardianInTest({ resources })
  const asked = await guardian.startSignIn()
  await guardian.signIn()
  await guardian.core.refresher.refresh('default', await guardian.stored())
  const tokenRequests = guardian.server.requests.filter(({ endpoint }) => endpoint === 'token')
  expect(tokenRequests.map(({ form }) => form.get('grant_type'))).toEqual([
    'authorization_code',
    'refresh_token',
  ])
  return [new URL(asked).searchParams, ...tokenRequests.map(({ form }) => form)]
}

test('every request names all resources of the client, and its audience', async () => {
  const requests = await sent([
    { url: 'https://a.example/', resource: 'https://a.example/', audience: 'all' },
    { url: 'https://b.example/v1/', resource: 'urn:b', audience: 'all' },
    { url: 'https://b.example/v2/', resource: 'urn:b', audience: 'all' },
  ])
  for (const parameters of requests) {
    expect(parameters.getAll('resource')).toEqual(['https://a.example/', 'urn:b'])
    expect(parameters.getAll('audience')).toEqual(['all'])
  }
})

test('no request names what is not configured', async () => {
  for (const parameters of await sent([{ url: 'https://a.example/' }])) {
    expect(parameters.has('resource')).toBe(false)
    expect(parameters.has('audience')).toBe(false)
  }
})
