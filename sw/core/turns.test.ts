import { expect, test } from 'vitest'
import { deferred } from '../../e2e/unit/deferred.ts'
import { Turns } from './turns.ts'

test('tasks of one name run one after the other, in the order of asking, whatever becomes of them', async () => {
  const turns = new Turns()
  const first = deferred()
  const log: string[] = []
  const all = Promise.allSettled([
    turns.take('a', async () => {
      log.push('1')
      await first.promise
      log.push('1 fails')
      throw new Error('of the first')
    }),
    turns.take('a', async () => void log.push('2')),
    turns.take('a', async () => log.push('3')),
  ])
  await turns.take('b', async () => void log.push('other name'))
  first.resolve()
  expect(await all).toMatchObject([
    { status: 'rejected', reason: { message: 'of the first' } },
    { status: 'fulfilled' },
    { status: 'fulfilled', value: 5 },
  ])
  expect(log).toEqual(['1', 'other name', '1 fails', '2', '3'])
  expect(await turns.take('a', async () => 'later')).toBe('later')
})
