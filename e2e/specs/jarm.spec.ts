import { callApi, code, expect, signInButton, status, test } from '../fixtures/app.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

for (const responseMode of ['query.jwt', 'fragment.jwt', 'form_post.jwt'] as const) {
  test(`a response that is signed by ${responseMode} signs in, and is out of the page’s reach`, async ({
    page,
    app,
    signIn,
    startApp,
    control,
    expectNoSecrets,
  }) => {
    const root = await buildOwnDemo(`jarm-${responseMode}`, app, { client: { responseMode } })
    const { origin } = await startApp({ root })
    await signIn(page, 'alice', origin)
    const { codes } = await control.as.issued()
    expect(codes.some((value) => value.split('.').length === 3)).toBe(true)
    expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
    await expectNoSecrets(page)
  })
}

test('a response that is not signed is refused where a signed one is configured', async ({
  page,
  app,
  open,
  startApp,
  signIn,
  control,
}) => {
  const root = await buildOwnDemo('jarm-query.jwt', app, { client: { responseMode: 'query.jwt' } })
  const { origin, guardianOrigin } = await startApp({ root })
  await open(page, origin)
  await signInButton(page).click()
  await expect(page.getByLabel('Username')).toBeVisible()
  const [state = ''] = (await control.as.issued()).states
  const response = new URLSearchParams({ code: 'injected', state, iss: app.asOrigin })
  await page.goto(`${guardianOrigin}/auth/callback?${response.toString()}`)
  await expect(code(page)).toHaveText('invalid-response')
  await expect(status(page)).toHaveText('signed-out')
  expect(await control.as.count('POST /token')).toBe(0)
  await signIn(page, 'alice', origin)
})

test('a signed response that somebody else made is refused', async ({
  page,
  app,
  open,
  startApp,
  control,
}) => {
  const root = await buildOwnDemo('jarm-query.jwt', app, { client: { responseMode: 'query.jwt' } })
  const { origin, guardianOrigin } = await startApp({ root })
  await open(page, origin)
  await signInButton(page).click()
  await expect(page.getByLabel('Username')).toBeVisible()
  const [state = ''] = (await control.as.issued()).states
  const { keys } = (await (await fetch(`${app.asOrigin}/jwks`)).json()) as {
    keys: { kid: string; alg: string }[]
  }
  const kid = keys.find(({ alg }) => alg === 'RS256')?.kid
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 60
  const claims = { iss: app.asOrigin, aud: 'demo', exp, code: 'injected', state }
  const signature = Buffer.alloc(256, 1).toString('base64url')
  const jwt = `${part({ alg: 'RS256', kid })}.${part(claims)}.${signature}`
  await page.goto(`${guardianOrigin}/auth/callback?response=${jwt}`)
  await expect(code(page)).toHaveText('invalid-signed-response')
  await expect(status(page)).toHaveText('signed-out')
  expect(await control.as.count('POST /token')).toBe(0)
})
