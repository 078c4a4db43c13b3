import type { Page } from '@playwright/test'

import { interopPromises } from '../fixtures/interop-promises.ts'
import { expect, signInButton } from '../fixtures/app.ts'
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
  refreshesIdToken: false,
  revocationPath: '/o/revoke_token/',
  refuseTokens: ({ control }) => control.run({ do: 'expire' }),
  deadRefreshToken: 'invalid_grant',
  forgetRedirectUri: ({ control }) =>
    control.run({ do: 'register', redirectUris: ['https://elsewhere.example/auth/callback'] }),
  unknownRedirectUri: async (page) => {
    await login(page)
    await expect(page.getByText('Mismatching redirect URI')).toBeVisible()
  },
})
