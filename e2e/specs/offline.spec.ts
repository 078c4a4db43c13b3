import { callApi, expect, status, test } from '../fixtures/app.ts'

for (const variant of ['query', 'persistent'] as const) {
  test.describe(`${variant} variant`, () => {
    test.use({ variant })

    test('a reload without the server of the app shows the app, signed in, and its calls work', async ({
      page,
      startApp,
      signIn,
    }) => {
      const { origin, server } = await startApp()
      await signIn(page, 'alice', origin)
      await server.close()
      await page.reload()
      await expect(status(page)).toHaveText('signed-in as alice')
      expect(await callApi(page)).toMatchObject({ status: 200 })
    })
  })
}

test('offline nothing is lost: calls fail like network errors, and work when the network is back', async ({
  page,
  context,
  signIn,
}) => {
  await signIn(page)
  await context.setOffline(true)
  await page.reload()
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await callApi(page)).toMatchObject({ error: 'TypeError' })
  await expect(status(page)).toHaveText('signed-in as alice')
  await context.setOffline(false)
  expect(await callApi(page)).toMatchObject({ status: 200 })
})

test('offline, a page that is not part of the app shell is answered by the offline page', async ({
  page,
  startApp,
  open,
}) => {
  const { origin, server } = await startApp()
  await open(page, origin)
  await server.close()
  await page.goto(`${origin}/client.html`)
  await expect(page.getByText('offline').first()).toBeVisible()
})
