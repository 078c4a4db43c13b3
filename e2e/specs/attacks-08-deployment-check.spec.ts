import { code, signInButton, status } from '../fixtures/app.ts'
import { eventCodes, expect, test } from '../fixtures/attack-app.ts'
import { askGuardian } from '../fixtures/ask-guardian.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

const holes = [
  { protections: { callback: false }, words: /\/auth\/callback must answer 303/ },
  { protections: { csp: false }, words: /no Content-Security-Policy/ },
  { protections: { workerGuard: false }, words: /must get 403/ },
] as const

for (const { protections, words } of holes) {
  const name = Object.keys(protections).join()

  test(`warns of a host without the protection "${name}" and signs in`, async ({
    page,
    context,
    open,
    signIn,
    startWeak,
  }) => {
    const target = await startWeak({ protections })
    const watcher = await context.newPage()
    await open(watcher, target.origin)
    await signIn(page, 'alice', target.origin)
    await expect.poll(() => eventCodes(watcher)).toContain('deployment-unsafe')
    expect(await eventCodes(watcher)).toMatch(words)
  })

  test(`strict refuses to sign in on a host without the protection "${name}"`, async ({
    page,
    app,
    open,
    startWeak,
    control,
  }) => {
    const root = await buildOwnDemo('strict', app, { guardian: { deploymentCheck: 'strict' } })
    const target = await startWeak({ root, protections })
    await open(page, target.origin)
    await signInButton(page).click()
    await expect(code(page)).toHaveText('deployment-unsafe')
    await expect(status(page)).toHaveText('signed-out')
    const { error } = await askGuardian(page, { type: 'begin-login', parameters: {} })
    expect(error).toMatchObject({
      code: 'deployment-unsafe',
      message: expect.stringMatching(words),
    })
    expect(await control.as.count('GET /auth')).toBe(0)
  })
}

test('strict signs in on a host with every protection', async ({
  page,
  app,
  signIn,
  startWeak,
}) => {
  const root = await buildOwnDemo('strict', app, { guardian: { deploymentCheck: 'strict' } })
  const target = await startWeak({ root })
  await signIn(page, 'alice', target.origin)
})

test('with a vault as it is built, nothing is found', async ({ page, context, open, signIn }) => {
  const watcher = await context.newPage()
  await open(watcher)
  await signIn(page)
  await expect(status(watcher)).toHaveText('signed-in as alice')
  expect(await eventCodes(watcher)).not.toContain('deployment-unsafe')
})

for (const deploymentCheck of ['warn', 'strict'] as const) {
  test(`with a vault whose host sends none of its headers: found by ${deploymentCheck}`, async ({
    page,
    context,
    app,
    open,
    signIn,
    startWeak,
    control,
  }) => {
    const words = /bridge\.html has no Content-Security-Policy with frame-ancestors/
    const root = await buildOwnDemo('bare-host', app, { guardian: { deploymentCheck } })
    const target = await startWeak({ root, vaultProtections: { headers: false } })
    const watcher = await context.newPage()
    await open(watcher, target.origin)
    if (deploymentCheck === 'warn') {
      await signIn(page, 'alice', target.origin)
      await expect.poll(() => eventCodes(watcher)).toMatch(words)
      return
    }
    await signInButton(watcher).click()
    await expect(code(watcher)).toHaveText('deployment-unsafe')
    const { error } = await askGuardian(watcher, { type: 'begin-login', parameters: {} })
    expect(error).toMatchObject({ message: expect.stringMatching(words) })
    expect(await control.as.count('GET /auth')).toBe(0)
  })
}
