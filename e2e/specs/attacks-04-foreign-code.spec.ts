import { status } from '../fixtures/app.ts'
import { expect, runCard, test } from '../fixtures/attack-app.ts'
import { ownFlowInPage, raidInPage, type ResponseMode } from '../fixtures/attack-tools.ts'

const modes: readonly ResponseMode[] = ['query', 'fragment', 'form_post']

for (const mode of modes) {
  for (const container of ['frame', 'popup'] as const) {
    test(`a code that comes by ${mode} into a ${container} of the attacker is eaten`, async ({
      page,
      signIn,
      startWeak,
      control,
    }) => {
      // Without policies the worker alone stands between the response and the script.
      const target = await startWeak({
        protections: { callback: false, csp: false, workerGuard: false },
        without: ['cross-origin-opener-policy'],
      })
      await signIn(page, 'alice', target.origin)
      const { asOrigin, guardianOrigin } = target
      const raid = await raidInPage(page, { container, mode, asOrigin, guardianOrigin })
      expect(raid.found).toEqual([])
      const { codes, states } = await control.as.issued()
      expect(states, 'the request of the attacker was answered').toContain(raid.flow.state)
      expect(codes).toHaveLength(2)
      expect(await control.as.count('POST /token'), 'only the honest exchange').toBe(1)
      for (const { log } of [target.server.control.report(), await control.guardian.report()]) {
        expect(log.filter(({ hadCode }) => hadCode)).toEqual([])
      }
      await expect(status(page)).toHaveText('signed-in as alice')
    })
  }

  test(`a tab that the attacker sends through an own ${mode} flow lands clean and says unknown-state`, async ({
    page,
    app,
    signIn,
    control,
    expectNoSecrets,
  }) => {
    await signIn(page)
    const { url } = await ownFlowInPage(page, {
      container: 'frame',
      asOrigin: app.asOrigin,
      guardianOrigin: app.guardianOrigin,
      mode,
    })
    await page.goto(url)
    await expect(page.getByTestId('events')).toContainText('unknown-state')
    await expect(status(page)).toHaveText('signed-in as alice')
    expect(page.url()).toBe(`${app.origin}/`)
    expect(await control.as.count('POST /token')).toBe(1)
    for (const server of [control.app, control.guardian]) {
      expect((await server.log('/auth/')).filter(({ hadCode }) => hadCode)).toEqual([])
    }
    await expectNoSecrets(page)
  })
}

test('bites: a worker that answers a foreign state with a network error shows the code', async ({
  page,
  startNaive,
  signInNaively,
}) => {
  const naive = await startNaive()
  await signInNaively(page, naive)
  const { asOrigin, guardianOrigin } = naive
  const { found, codes } = await raidInPage(page, { container: 'frame', asOrigin, guardianOrigin })
  // Of the page that comes after it, `navigation.activation` tells where the frame was before.
  expect(found.join()).toMatch(/(entries|activation): code/)
  expect(codes).toHaveLength(1)
})

test('bites: a worker that redirects without a fragment hands on the fragment with the code', async ({
  page,
  startNaive,
  signInNaively,
}) => {
  const naive = await startNaive()
  await signInNaively(page, naive)
  const { asOrigin, guardianOrigin } = naive
  const { found } = await raidInPage(page, {
    container: 'frame',
    mode: 'fragment',
    asOrigin,
    guardianOrigin,
  })
  expect(found.join()).toContain('location: code')
})

test('bites: the attack lab finds the code where nothing protects the callback', async ({
  page,
  startNaive,
  signInNaively,
}) => {
  test.slow()
  const naive = await startNaive()
  await signInNaively(page, naive)
  for (const id of ['silent-frame-flow', 'object-embed-flow', 'csp-report-leak', 'popup-flow']) {
    expect(await runCard(page, id), id).toMatchObject({ outcome: 'leak' })
  }
})
