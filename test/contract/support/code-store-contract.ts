import { expect } from 'vitest'

import type {
  CodeStore,
  NewCode,
  Slot,
  Verdict,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

/** One rule of the code store's promise; `run` throws when the driver breaks it. */
export interface Rule {
  name: string
  /** only for stores in which what has expired waits for a sweep */
  isOfSweeps?: true
  run(store: CodeStore): Promise<void>
}

export const NOW = 1_800_000_000_000
let slots = 0

/** A slot that is not in use. */
export function freshSlot(change: Partial<Slot> = {}): Slot {
  return { kind: 'image', scene: 'login', subject: `device:${++slots}-${process.pid}`, ...change }
}

export function newCode(code: string, change: Partial<NewCode> = {}): NewCode {
  return { code, maxAttempts: 5, createdAt: NOW, expiresAt: NOW + 180_000, columns: {}, ...change }
}

/** The verdict on an answer alone. */
export async function getVerdict(store: CodeStore, ...answer: Parameters<CodeStore['consume']>): Promise<Verdict> {
  return (await store.consume(...answer)).verdict
}

const HUNDRED = Array.from({ length: 100 }, (_, i) => `code${i}`)

/** THE PROMISE, as every driver has to keep it; see docs/stores.md. */
export const CODE_STORE_RULES: Rule[] = [
  {
    name: 'the right answer passes once, the second time it is used',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd'))
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('ok')
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('used')
    },
  },
  {
    name: 'an answer is told when the code was made that it was compared with, whatever it is worth',
    async run(store) {
      const slot = freshSlot()
      expect((await store.consume(slot, 'abcd', NOW)).createdAt).toBeUndefined()
      await store.issue(slot, newCode('first', { createdAt: NOW - 90_000 }))
      await store.issue(slot, newCode('abcd', { createdAt: NOW - 7000 }))
      const answers: [string, number][] = [
        ['wxyz', NOW],
        ['abcd', NOW],
        ['abcd', NOW],
        ['abcd', NOW + 180_000],
      ]
      for (const [answer, now] of answers) {
        expect(await store.consume(slot, answer, now)).toMatchObject({ createdAt: NOW - 7000 })
      }
    },
  },
  {
    name: 'a code from the future, because the clock was set back, is overdue; machines may differ by a minute',
    async run(store) {
      const [early, late] = [freshSlot(), freshSlot()]
      await store.issue(early, newCode('abcd'))
      await store.issue(late, newCode('abcd'))
      expect(await getVerdict(store, early, 'abcd', NOW - 60_001)).toBe('overdue')
      expect(await getVerdict(store, late, 'abcd', NOW - 60_000)).toBe('ok')
    },
  },
  {
    name: 'of a hundred concurrent right answers exactly one passes',
    async run(store) {
      for (let round = 0; round < 3; round++) {
        const slot = freshSlot()
        await store.issue(slot, newCode('abcd'))
        const verdicts = await Promise.all(HUNDRED.map(() => getVerdict(store, slot, 'abcd', NOW)))
        expect(verdicts.filter((verdict) => verdict === 'ok')).toHaveLength(1)
      }
    },
  },
  {
    name: 'right answers that come at once with the one that passes are told that it has passed',
    async run(store) {
      for (let round = 0; round < 3; round++) {
        const slot = freshSlot()
        await store.issue(slot, newCode('abcd', { maxAttempts: 100 }))
        const verdicts = await Promise.all(HUNDRED.map(() => getVerdict(store, slot, 'abcd', NOW)))
        expect(verdicts.sort()).toEqual(['ok', ...Array.from({ length: 99 }, () => 'used')])
      }
    },
  },
  {
    name: 'wrong answers are counted, and after the last one the right answer is refused',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { maxAttempts: 3 }))
      for (let i = 0; i < 3; i++) expect(await getVerdict(store, slot, 'wxyz', NOW)).toBe('wrong')
      expect((await store.peek(slot))?.state).toBe(2)
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('spent')
    },
  },
  {
    name: 'the last attempt may still be the right one',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { maxAttempts: 3 }))
      for (let i = 0; i < 2; i++) expect(await getVerdict(store, slot, 'wxyz', NOW)).toBe('wrong')
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('ok')
    },
  },
  {
    name: 'a right answer that has been paid for passes, however many wrong ones arrive with it',
    async run(store) {
      for (let round = 0; round < 10; round++) {
        const slot = freshSlot()
        await store.issue(slot, newCode('abcd'))
        const guesses = ['wxyz', 'wxyz', 'abcd', 'wxyz', 'wxyz']
        const verdicts = await Promise.all(guesses.map((guess) => getVerdict(store, slot, guess, NOW)))
        expect(verdicts).toEqual(['wrong', 'wrong', 'ok', 'wrong', 'wrong'].map((v) => expect.toBeOneOf([v, 'used'])))
        expect(verdicts[2]).toBe('ok')
      }
    },
  },
  {
    name: 'a hundred guesses at once are worth no more than the attempts there are',
    async run(store) {
      let won = 0
      let compared = 0
      const rounds = 20
      for (let round = 0; round < rounds; round++) {
        const slot = freshSlot()
        await store.issue(slot, newCode(`code${(round * 37) % 100}`))
        const verdicts = await Promise.all(HUNDRED.map((guess) => getVerdict(store, slot, guess, NOW)))
        won += verdicts.filter((verdict) => verdict === 'ok').length
        compared += verdicts.filter((verdict) => verdict === 'ok' || verdict === 'wrong').length
      }
      expect(compared).toBeLessThanOrEqual(rounds * 5)
      expect(won).toBeLessThanOrEqual(rounds / 2)
    },
  },
  {
    name: 'a new code voids the one before it',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('first'))
      await store.issue(slot, newCode('second'))
      expect(await getVerdict(store, slot, 'first', NOW)).toBeOneOf(['wrong', 'replaced'])
      expect(await getVerdict(store, slot, 'second', NOW)).toBe('ok')
    },
  },
  {
    name: 'the right answer to the code before this one is told as replaced: it costs an attempt and passes nothing',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('first'))
      await store.issue(slot, newCode('second', { maxAttempts: 3 }), await store.peek(slot))
      expect(await getVerdict(store, slot, 'first', NOW)).toBe('replaced')
      expect(await getVerdict(store, slot, 'third', NOW)).toBe('wrong')
      expect(await getVerdict(store, slot, 'second', NOW)).toBe('ok')
      expect(await getVerdict(store, slot, 'first', NOW)).toBe('replaced')
      expect(await getVerdict(store, slot, 'second', NOW)).toBe('used')
    },
  },
  {
    name: 'no number of answers to the code before this one uses up more than its attempts',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('first'))
      await store.issue(slot, newCode('second', { maxAttempts: 2 }), await store.peek(slot))
      const verdicts = await Promise.all(HUNDRED.map(() => getVerdict(store, slot, 'first', NOW)))
      expect(new Set(verdicts)).toEqual(new Set(['replaced']))
      expect(await getVerdict(store, slot, 'second', NOW)).toBe('spent')
    },
  },
  {
    name: 'two codes with the same answer are no replacement: the answer passes',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('same'))
      await store.issue(slot, newCode('same'), await store.peek(slot))
      expect(await getVerdict(store, slot, 'same', NOW)).toBe('ok')
      expect(await getVerdict(store, slot, 'same', NOW)).toBe('used')
    },
  },
  {
    name: 'wrong answers of strangers never use up the attempts of the holder',
    async run(store) {
      const slot = freshSlot({ kind: 'sms', subject: `mobile:+86${process.pid}${slots++}` })
      await store.issue(slot, newCode('abcd', { maxAttempts: 3, holder: 'owner' }))
      const strangers = await Promise.all(HUNDRED.map((_, i) => getVerdict(store, slot, 'wxyz', NOW, `stranger ${i}`)))
      expect(strangers.filter((verdict) => verdict === 'wrong')).toHaveLength(3)
      expect(strangers.filter((verdict) => verdict === 'spent')).toHaveLength(97)
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('spent')
      expect(await getVerdict(store, slot, 'abcd', NOW, 'stranger')).toBe('spent')
      for (let i = 0; i < 2; i++) expect(await getVerdict(store, slot, 'wxyz', NOW, 'owner')).toBe('wrong')
      expect(await getVerdict(store, slot, 'abcd', NOW, 'owner')).toBe('ok')
      expect(await getVerdict(store, slot, 'abcd', NOW, 'owner')).toBe('used')
    },
  },
  {
    name: 'a code with a holder is void once both the holder and the strangers have used up their attempts',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { maxAttempts: 2, holder: 'owner' }))
      for (let i = 0; i < 2; i++) expect(await getVerdict(store, slot, 'wxyz', NOW, 'owner')).toBe('wrong')
      expect((await store.peek(slot))?.state).toBe(0)
      expect(await getVerdict(store, slot, 'abcd', NOW, 'owner')).toBe('spent')
      for (let i = 0; i < 2; i++) expect(await getVerdict(store, slot, 'wxyz', NOW)).toBe('wrong')
      expect((await store.peek(slot))?.state).toBe(2)
    },
  },
  {
    name: 'another caller who has the right answer passes while attempts of strangers are left, and only once',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { holder: 'owner' }))
      const verdicts = await Promise.all(
        HUNDRED.map((_, i) => getVerdict(store, slot, 'abcd', NOW, i % 2 === 0 ? 'owner' : undefined)),
      )
      expect(verdicts.filter((verdict) => verdict === 'ok')).toHaveLength(1)
    },
  },
  {
    name: 'of a hundred codes issued at once exactly one verifies',
    async run(store) {
      for (let round = 0; round < 3; round++) {
        const slot = freshSlot()
        await Promise.all(HUNDRED.map((code) => store.issue(slot, newCode(code, { maxAttempts: 1000 }))))
        const verdicts = []
        for (const code of HUNDRED) verdicts.push(await getVerdict(store, slot, code, NOW))
        expect(verdicts.filter((verdict) => verdict === 'ok')).toHaveLength(1)
      }
    },
  },
  {
    name: 'while codes are issued one over the other a slot always holds a code, and never two',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('code0'))
      const seen: boolean[] = []
      const issuing = (async () => {
        for (const code of HUNDRED) await store.issue(slot, newCode(code))
      })()
      for (let i = 0; i < 50; i++) seen.push((await store.peek(slot))?.state === 0)
      await issuing
      expect(seen).not.toContain(false)
      expect(await getVerdict(store, slot, 'code98', NOW)).toBeOneOf(['wrong', 'replaced'])
      expect(await getVerdict(store, slot, 'code99', NOW)).toBe('ok')
    },
  },
  {
    name: 'a code issued while another is being consumed is whole: its attempts and its one success are its own',
    async run(store) {
      for (let round = 0; round < 20; round++) {
        const slot = freshSlot()
        await store.issue(slot, newCode('first', { maxAttempts: 1 }))
        const [verdict] = await Promise.all([
          getVerdict(store, slot, 'first', NOW),
          store.issue(slot, newCode('second', { maxAttempts: 1 })),
        ])
        expect(verdict).toBeOneOf(['ok', 'wrong', 'replaced', 'voided'])
        const mayBePaid = verdict === 'wrong' || verdict === 'replaced'
        expect(await getVerdict(store, slot, 'second', NOW)).toBeOneOf(mayBePaid ? ['ok', 'spent'] : ['ok'])
      }
    },
  },
  {
    name: 'a code is valid to the last millisecond and expired at exactly its expiry',
    async run(store) {
      const [early, late] = [freshSlot(), freshSlot()]
      for (const slot of [early, late]) await store.issue(slot, newCode('abcd', { expiresAt: NOW + 1000 }))
      expect(await getVerdict(store, early, 'abcd', NOW + 999)).toBe('ok')
      expect(await getVerdict(store, late, 'abcd', NOW + 1000)).toBe('overdue')
    },
  },
  {
    name: 'what was never issued is missing',
    async run(store) {
      expect(await getVerdict(store, freshSlot(), 'abcd', NOW)).toBe('missing')
      expect(await store.peek(freshSlot())).toBeUndefined()
    },
  },
  {
    name: 'kinds, scenes and subjects never answer for one another',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd'))
      const others: Slot[] = [
        { ...slot, kind: 'sms' },
        { ...slot, scene: 'pay' },
        { ...slot, subject: `code:${slot.subject.slice(7)}` },
        { ...slot, scene: `${slot.scene}"`, subject: `device:"` },
      ]
      for (const other of others) expect(await getVerdict(store, other, 'abcd', NOW)).toBe('missing')
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('ok')
    },
  },
  {
    name: 'a reserved code verifies only once it is activated',
    async run(store) {
      const slot = freshSlot()
      const reservation = await store.reserve(slot, newCode('abcd'))
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('voided')
      expect(await store.activate(slot, reservation)).toBe(true)
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('ok')
    },
  },
  {
    name: 'a reservation voids the code before it, and answers to a reserved code cost it nothing',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('first'))
      const reservation = await store.reserve(slot, newCode('second', { maxAttempts: 1 }))
      expect(await getVerdict(store, slot, 'first', NOW)).toBeOneOf(['voided', 'replaced'])
      await store.activate(slot, reservation)
      expect(await getVerdict(store, slot, 'second', NOW)).toBe('ok')
    },
  },
  {
    name: 'a reservation is activated once, and not after it was replaced or used up',
    async run(store) {
      const [replaced, used, spent] = [freshSlot(), freshSlot(), freshSlot()]
      const first = await store.reserve(replaced, newCode('first'))
      const second = await store.reserve(replaced, newCode('second'))
      expect(await store.activate(replaced, first)).toBe(false)
      expect(await store.activate(replaced, second)).toBe(true)

      const once = await store.reserve(used, newCode('abcd'))
      expect(await Promise.all([store.activate(used, once), store.activate(used, once)])).toEqual(
        expect.arrayContaining([true, false]),
      )
      await getVerdict(store, used, 'abcd', NOW)
      expect(await store.activate(used, once)).toBe(false)

      const tried = await store.reserve(spent, newCode('abcd', { maxAttempts: 1 }))
      await store.activate(spent, tried)
      await getVerdict(store, spent, 'wxyz', NOW)
      expect(await store.activate(spent, tried)).toBe(false)
      expect(await getVerdict(store, spent, 'abcd', NOW)).toBe('spent')
      expect(await store.activate(freshSlot(), tried)).toBe(false)
    },
  },
  {
    name: 'a peek shows state, expiry and columns, and costs no attempt',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { maxAttempts: 1, columns: { call_options: { size: 6 } } }))
      for (let i = 0; i < 3; i++) {
        expect(await store.peek(slot)).toMatchObject({
          state: 0,
          expiresAt: NOW + 180_000,
          columns: { call_options: { size: 6 } },
        })
      }
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('ok')
    },
  },
  {
    name: 'what the caller that passed said of itself is told by a peek, until another code takes the slot',
    async run(store) {
      const slot = freshSlot({ kind: 'token' })
      await store.issue(slot, newCode('abcd', { maxAttempts: 1000 }))
      expect(await getVerdict(store, slot, 'wxyz', NOW, '', 'wrong')).toBe('wrong')
      expect((await store.peek(slot))?.claimant ?? '').toBe('')
      const callers = HUNDRED.map(async (name) => ({
        name,
        verdict: await getVerdict(store, slot, 'abcd', NOW, '', name),
      }))
      const passed = (await Promise.all(callers)).filter(({ verdict }) => verdict === 'ok')
      expect(passed).toHaveLength(1)
      expect(await store.peek(slot)).toMatchObject({ state: 1, claimant: passed[0]?.name })
      await store.issue(slot, newCode('abcd'))
      expect((await store.peek(slot))?.claimant ?? '').toBe('')
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('ok')
      expect((await store.peek(slot))?.claimant ?? '').toBe('')
    },
  },
  {
    name: 'before the work that belongs to a code is done no answer is compared, and none costs an attempt',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { maxAttempts: 1, work: 'a work' }))
      const verdicts = await Promise.all(
        HUNDRED.map((_, i) => getVerdict(store, slot, i % 2 === 0 ? 'abcd' : 'wxyz', NOW, '', '', i % 3 === 0)),
      )
      expect(new Set(verdicts)).toEqual(new Set(['unfinished']))
      expect(await store.peek(slot)).toMatchObject({ state: 0 })
      expect((await store.peek(slot))?.finishedWork ?? '').toBe('')
      expect(await store.finishWork(slot, 'a work', NOW)).toBe(true)
      expect((await store.peek(slot))?.finishedWork).toBe('a work')
      expect(await getVerdict(store, slot, 'abcd', NOW, '', '', true)).toBe('ok')
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('used')
    },
  },
  {
    name: 'an answer that needs work passes with no code to which none belongs, and costs it no attempt',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { maxAttempts: 1 }))
      expect(await getVerdict(store, slot, 'abcd', NOW, '', '', true)).toBe('unworked')
      expect(await getVerdict(store, slot, 'wxyz', NOW, '', '', true)).toBe('unworked')
      expect(await store.finishWork(slot, '', NOW)).toBe(false)
      expect(await store.finishWork(slot, 'a work', NOW)).toBe(false)
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('ok')
    },
  },
  {
    name: 'a code takes over no work of the code before it, done or not, in its slot or another',
    async run(store) {
      const [slot, other] = [freshSlot(), freshSlot()]
      await store.issue(slot, newCode('first', { work: 'work 1' }))
      expect(await store.finishWork(slot, 'work 1', NOW)).toBe(true)
      await store.issue(slot, newCode('second', { work: 'work 2' }), await store.peek(slot))
      await store.issue(other, newCode('abcd', { work: 'work 3' }))
      expect(await getVerdict(store, slot, 'second', NOW)).toBe('unfinished')
      expect((await store.peek(slot))?.finishedWork ?? '').toBe('')
      expect(await store.finishWork(slot, 'work 1', NOW)).toBe(false)
      expect(await store.finishWork(other, 'work 2', NOW)).toBe(false)
      expect(await getVerdict(store, slot, 'second', NOW)).toBe('unfinished')
      await store.issue(slot, newCode('third'))
      expect(await getVerdict(store, slot, 'third', NOW, '', '', true)).toBe('unworked')
      expect(await store.finishWork(slot, 'work 2', NOW)).toBe(false)
      expect(await getVerdict(store, slot, 'third', NOW)).toBe('ok')
    },
  },
  {
    name: 'work is taken once: of a hundred who bring it at once one is told so, and none afterwards',
    async run(store) {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { work: 'a work' }))
      const taken = await Promise.all(HUNDRED.map(() => store.finishWork(slot, 'a work', NOW)))
      expect(taken.filter((isTaken) => isTaken)).toHaveLength(1)
      expect(await store.finishWork(slot, 'a work', NOW)).toBe(false)
      expect(await getVerdict(store, slot, 'abcd', NOW)).toBe('ok')
      expect(await store.finishWork(slot, 'a work', NOW)).toBe(false)
    },
  },
  {
    name: 'work is not taken once its code has expired or was withdrawn',
    async run(store) {
      const [expired, reserved] = [freshSlot(), freshSlot()]
      await store.issue(expired, newCode('abcd', { work: 'a work', expiresAt: NOW + 1000 }))
      expect(await store.finishWork(expired, 'a work', NOW + 1000)).toBe(false)
      expect(await store.finishWork(expired, 'a work', NOW + 999)).toBe(true)
      await store.reserve(reserved, newCode('abcd', { work: 'a work' }))
      expect(await store.finishWork(reserved, 'a work', NOW)).toBe(false)
      expect(await store.finishWork(freshSlot(), 'a work', NOW)).toBe(false)
    },
  },
  {
    name: 'a sweep takes what expired before its line, leaves the rest, and is bounded',
    isOfSweeps: true,
    async run(store) {
      const [old, recent] = [freshSlot(), freshSlot()]
      await store.issue(old, newCode('abcd', { expiresAt: NOW - 10_000 }))
      await store.issue(recent, newCode('abcd', { expiresAt: NOW - 1000 }))
      const many = Array.from({ length: 150 }, () => freshSlot())
      for (const slot of many) await store.issue(slot, newCode('abcd', { expiresAt: NOW - 10_000 }))
      const batches = [await store.sweep(NOW - 5000), await store.sweep(NOW - 5000), await store.sweep(NOW - 5000)]
      expect(Math.max(...batches)).toBeLessThanOrEqual(100)
      expect(batches[2]).toBe(0)
      expect(await store.peek(old)).toBeUndefined()
      expect(await store.peek(recent)).toBeDefined()
    },
  },
]
