import { expect, test } from 'vitest'
import { CONTRACT_VERSION, type GuardianRequest } from '../contract/messages.ts'
import { askGuardian } from './ask-guardian.ts'

/** A worker that posts this answer, or none at all. */
function worker(answer?: unknown): { readonly asked: unknown[]; readonly worker: ServiceWorker } {
  const asked: unknown[] = []
  const postMessage = (data: unknown, [port]: MessagePort[]): void => {
    asked.push(structuredClone(data))
    if (answer !== undefined) port?.postMessage(answer)
  }
  return { asked, worker: { postMessage } as unknown as ServiceWorker }
}

const request: GuardianRequest = { type: 'keep-awake' }
const ours = (rest: object): unknown => ({ tokenGuardian: CONTRACT_VERSION, ...rest })

test('sends the request with the version, and gives back the value of the answer', async () => {
  const guardian = worker(ours({ ok: true, value: { awake: true } }))
  expect(await askGuardian(guardian.worker, request)).toEqual({ awake: true })
  expect(guardian.asked).toEqual([{ tokenGuardian: CONTRACT_VERSION, request }])
})

test("rejects with the guardian's error", async () => {
  const error = {
    code: 'not-signed-in',
    phase: 'refresh',
    message: 'x',
    retryable: false,
    correlationId: 'c',
  }
  await expect(
    askGuardian(worker(ours({ ok: false, error })).worker, request),
  ).rejects.toMatchObject({
    name: 'AuthError',
    ...error,
  })
})

test.each([{ tokenGuardian: 99, ok: 'yes', value: {} }, 'x', ours({}), ours({ ok: true })])(
  'rejects an answer that it does not understand (%j)',
  async (answer) => {
    await expect(askGuardian(worker(answer).worker, request)).rejects.toMatchObject({
      code: 'contract-mismatch',
    })
  },
)

test('gives up a worker that does not answer', async () => {
  await expect(askGuardian(worker().worker, request, 10)).rejects.toMatchObject({
    code: 'worker-unresponsive',
    retryable: true,
  })
})
