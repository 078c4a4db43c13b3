import type { Page } from '@playwright/test'

import { interopPromises } from '../fixtures/interop-promises.ts'
import { expect, signInButton, status } from '../fixtures/app.ts'
import { seedTest } from '../fixtures/seeds.ts'
import { djangoMetadata, startDjangoServer } from '../servers/interop/django-server.ts'

const test = seedTest({
  name: 'django',
  start: startDjangoServer,
  client: ({ origin }) => ({
    issuer: djangoMetadata(origin).issuer,
    metadata: djangoMetadata(origin),
    scope: 'openid orders',
  }),
  api: ({ origin }) => `${origin}/api/`,
})

async function login(page: Page): Promise<void> {
  await page.getByLabel('Username').fill('alice')
  await page.getByLabel('Password').fill('password')
  await signInButton(page).click()
}

test('the toolkit is what the guardian has to get along with', async ({ service: { server } }) => {
  const discovery = `${server.origin}/o/.well-known/openid-configuration`
  expect((await fetch(discovery, { redirect: 'manual' })).status).toBe(301)
  const metadata = (await (await fetch(`${discovery}/`)).json()) as Record<string, unknown>
  const { revocation_endpoint: _isLeftOut, ...configured } = djangoMetadata(server.origin)
  expect(metadata).toMatchObject(configured)
  for (const leftOut of [
    'code_challenge_methods_supported',
    'revocation_endpoint',
    'end_session_endpoint',
    'authorization_response_iss_parameter_supported',
  ]) {
    expect(metadata).not.toHaveProperty(leftOut)
  }
  expect(metadata['token_endpoint_auth_methods_supported']).not.toContain('none')
})

test('its response does not say who it is from, and its access tokens say nothing', async ({
  page,
  service: { app, control },
  open,
}) => {
  await open(page, app.origin)
  await signInButton(page).click()
  await login(page)
  const callback = page.waitForRequest((request) => request.url().includes('/auth/callback?'))
  await page.getByRole('button', { name: 'Authorize' }).click()
  const names = [...new URL((await callback).url()).searchParams.keys()]
  expect(names.toSorted()).toEqual(['code', 'state'])
  await expect(status(page)).toHaveText('signed-in as 1')
  const { accessTokens } = await control.issued()
  expect(accessTokens).toEqual([expect.stringMatching(/^\w{30}$/)])
})

interopPromises(test, {
  // The first user's number: the toolkit's ID Tokens say no name.
  user: '1',
  loginField: (page) => page.getByLabel('Username'),
  login,
  consentButton: (page) => page.getByRole('button', { name: 'Authorize' }),
  deny: async (page) => {
    await login(page)
    await page.getByRole('button', { name: 'Cancel' }).click()
  },
  denialCode: 'access-denied',
  api: ({ control }) => `${control.origin}/api/me`,
  scheme: 'bearer',
  tokenPath: '/o/token/',
  accessTokenSeconds: 60,
  rotates: true,
  keepsIdToken: true,
  revocationPath: '/o/revoke_token/',
  refuseTokens: ({ control }) => control.run({ do: 'expire' }),
  deadRefreshToken: 'invalid_grant',
  forgetRedirectUri: ({ control }) =>
    control.run({ do: 'register', redirectUris: ['https://elsewhere.example/auth/callback'] }),
  unknownRedirectUri: (page) => expect(page.getByText('Mismatching redirect URI')).toBeVisible(),
})
