import { expect, test } from 'vitest'
import { deferred } from '../../e2e/unit/deferred.ts'
import { exclusive } from './exclusive.ts'

const { locks } = navigator
const freshName = (): string => crypto.randomUUID()

test('runs one task of a name at a time, in the order of asking', async () => {
  const name = freshName()
  const log: string[] = []
  let running = 0
  const task = (label: string) => async (): Promise<string> => {
    running += 1
    expect(running).toBe(1)
    log.push(label)
    await locks.query()
    running -= 1
    return label
  }
  const all = await Promise.all(['a', 'b', 'c'].map((label) => exclusive(locks, name, task(label))))
  expect(all).toEqual(['a', 'b', 'c'])
  expect(log).toEqual(['a', 'b', 'c'])
})

test('lets tasks of other names run at the same time', async () => {
  const inside = deferred()
  const one = exclusive(locks, freshName(), () => inside.promise)
  await exclusive(locks, freshName(), async () => inside.resolve())
  await one
})

test('passes on what a task throws, and frees the lock', async () => {
  const name = freshName()
  const error = new Error('the task’s own')
  await expect(exclusive(locks, name, () => Promise.reject(error))).rejects.toBe(error)
  expect(await exclusive(locks, name, () => Promise.resolve('next'))).toBe('next')
})

test('refuses in time when page script holds the lock, and does not run the task later', async () => {
  const name = freshName()
  const held = deferred()
  const release = deferred()
  const holder = locks.request(`token-guardian ${name}`, () => {
    held.resolve()
    return release.promise
  })
  await held.promise
  let ran = false
  const refused = exclusive(
    locks,
    name,
    async () => {
      ran = true
    },
    50,
  )
  await expect(refused).rejects.toMatchObject({ code: 'refresh-unavailable', retryable: true })
  release.resolve()
  await holder
  await locks.request(`token-guardian ${name}`, () => undefined)
  expect(ran).toBe(false)
})

test('gives the outcome of a task whose lock page script stole', async () => {
  const name = freshName()
  const started = deferred()
  const finish = deferred<string>()
  const work = exclusive(locks, name, () => {
    started.resolve()
    return finish.promise
  })
  await started.promise
  await locks.request(`token-guardian ${name}`, { steal: true }, () => undefined)
  finish.resolve('done')
  expect(await work).toBe('done')
})

test('does not cut off a task that takes longer than the wait for the lock may', async () => {
  const deadlineMs = 1000
  const started = deferred()
  const finish = deferred<string>()
  const task = (): Promise<string> => {
    started.resolve()
    return finish.promise
  }
  const work = exclusive(locks, freshName(), task, deadlineMs)
  await started.promise
  const signal = AbortSignal.timeout(deadlineMs + 50)
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
  finish.resolve('done')
  expect(await work).toBe('done')
})
