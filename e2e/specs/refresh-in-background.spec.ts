import { callApi, expect, status, test } from '../fixtures/app.ts'

test('within the leeway a request goes out at once with the token there is, while the refresh runs', async ({
  page,
  signIn,
  clock,
  control,
}) => {
  await signIn(page)
  await clock(40)
  await control.as.fault('/token', 'hang')
  expect(await callApi(page)).toMatchObject({ status: 200 })
  expect(await control.as.count('POST /token')).toBe(2)

  await control.as.release()
  await expect.poll(async () => (await control.as.issued()).accessTokens.length).toBe(2)
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('after the refresh in the background requests carry the new token, and no other refresh runs', async ({
  page,
  signIn,
  clock,
  control,
}) => {
  await signIn(page)
  await clock(40)
  await callApi(page)
  await expect.poll(async () => (await control.as.issued()).accessTokens.length).toBe(2)
  // The clock goes on past the end of the first token.
  await clock(65)
  expect(await callApi(page)).toMatchObject({ status: 200 })
  expect(await control.as.count('POST /token')).toBe(2)
})
