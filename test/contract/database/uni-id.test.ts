import { beforeEach, describe, expect, it } from 'vitest'
import type { Collection, Database } from '../../../host/database/index'
import { DRIVERS, openOn } from '../../fixtures/database/open'

describe.each(DRIVERS)('on %s', (driver) => {
  /** The shapes of the calls that DCloud's uni-id-co and uni-id-common make, from their public source. */
  let db: Database
  let users: Collection
  let codes: Collection
  let devices: Collection

  beforeEach(async () => {
    const database = await openOn(driver)
    db = database.api
    users = db.collection('uni-id-users')
    codes = db.collection('opendb-verify-codes')
    devices = db.collection('uni-id-device')
    await database.ensureIndexes('uni-id-users', [
      {
        IndexName: 'username',
        MgoKeySchema: { MgoIndexKeys: [{ Name: 'username', Direction: '1' }], MgoIsUnique: false },
      },
      {
        IndexName: 'wx_openid.mp',
        MgoKeySchema: { MgoIndexKeys: [{ Name: 'wx_openid.mp', Direction: '1' }], MgoIsUnique: false },
      },
    ])
  })

  const ann = {
    username: 'ann',
    password: 'hash',
    password_secret_version: 1,
    nickname: undefined,
    dcloud_appid: ['__UNI__1'],
    role: ['admin'],
    register_date: 1,
    wx_openid: { mp: 'openid-1' },
    third_party: { mp_weixin: { session_key: 'k' } },
    status: 0,
  }

  describe('an account', () => {
    it('is registered, found by any of its identities within its application, and not by another', async () => {
      const _ = db.command
      const { id } = await users.add(ann)
      const find = async (...identities: object[]) =>
        (
          await users
            .where(_.and([_.or(identities), _.or([{ dcloud_appid: '__UNI__1' }, { dcloud_appid: _.exists(false) }])]))
            .limit(2)
            .get()
        ).data.map((each) => each._id)
      expect(await find({ username: 'ann' }, { mobile: '13800000000', mobile_confirmed: 1 })).toEqual([id])
      expect(await find({ wx_openid: { mp: 'openid-1' } }, { wx_unionid: 'none' })).toEqual([id])
      expect(await find({ 'wx_openid.mp': 'openid-1' })).toEqual([id])
      expect(await find({ username: 'bob' })).toEqual([])
      expect((await users.where({ role: 'admin' }).limit(1).get()).affectedDocs).toBe(1)
      expect((await users.where({ dcloud_appid: _.nin(['__UNI__1']) }).count()).total).toBe(0)
    })

    it('logs in: clears the failed attempts, keeps the token, merges what the platform said', async () => {
      const _ = db.command
      const { id } = await users.add({ ...ann, login_ip_limit: [{ ip: '1', last: 5 }], token: ['t0'] })
      const reply = await users.doc(id).update({
        last_login_date: 9,
        last_login_ip: '127.0.0.1',
        login_ip_limit: _.pull({ ip: '1' }),
        token: _.push('t1'),
        wx_openid: { h5: 'openid-2' },
        third_party: { mp_weixin: { session_key: 'k2' } },
      })
      expect(reply.updated).toBe(1)
      const [user] = (
        await users.doc(id).field({ token: true, wx_openid: true, third_party: true, login_ip_limit: true }).get()
      ).data
      expect(user).toEqual({
        _id: id,
        token: ['t0', 't1'],
        wx_openid: { mp: 'openid-1', h5: 'openid-2' },
        third_party: { mp_weixin: { session_key: 'k2' } },
        login_ip_limit: [],
      })
    })

    it('logs out, changes its password and is closed', async () => {
      const _ = db.command
      const { id } = await users.add({ ...ann, token: ['t0', 't1', 't2'], valid_token_date: 5 })
      await users.doc(id).update({ token: _.pull('t1') })
      await users.doc(id).update({ token: _.pull(_.in(['t2', 'gone'])) })
      const changed = await users.doc(id).updateAndReturn({ password: 'new', valid_token_date: 10, token: [] })
      expect(changed).toMatchObject({ updated: 1, doc: { _id: id, password: 'new', token: [] } })
      await users.doc(id).update({ status: 4, wx_openid: _.remove(), 'third_party.mp_weixin': _.remove() })
      const [user] = (await users.doc(id).get()).data
      expect(user).toMatchObject({ status: 4, third_party: {} })
      expect(user).not.toHaveProperty('wx_openid')
    })

    it('invites: code and ancestry', async () => {
      const _ = db.command
      await users.add([
        { _id: 'root', my_invite_code: 'AAAA', inviter_uid: [] },
        { _id: 'leaf', my_invite_code: 'BBBB', inviter_uid: ['root'], invite_time: 3 },
      ])
      const invited = users
        .where({ inviter_uid: 'root' })
        .field({ _id: true, invite_time: true })
        .orderBy('invite_time', 'desc')
      expect((await invited.get()).data).toEqual([{ _id: 'leaf', invite_time: 3 }])
      expect((await users.where({ my_invite_code: _.in(['AAAA', 'CCCC']) }).get()).data).toHaveLength(1)
      await users.where({ inviter_uid: 'root' }).update({ inviter_uid: _.push(['other']) })
      expect((await users.where({ inviter_uid: _.all(['root', 'other']) }).count()).total).toBe(1)
    })
  })

  describe('a code', () => {
    it('is found by mobile, scene and time, and used once', async () => {
      const _ = db.command
      await codes.add({
        mobile: '13800000000',
        scene: 'login-by-sms',
        code: '123456',
        state: 0,
        ip: '1',
        created_date: 1,
        expired_date: 100,
      })
      const query = { mobile: '13800000000', scene: 'login-by-sms', code: '123456', state: 0, expired_date: _.gt(50) }
      const { data } = await codes.where(query).orderBy('created_date', 'desc').limit(1).get()
      expect(data).toHaveLength(1)
      expect((await codes.doc(String(data[0]?._id)).update({ state: 1 })).updated).toBe(1)
      expect((await codes.where(query).get()).data).toEqual([])
      expect((await codes.where({ expired_date: _.lt(200) }).remove()).deleted).toBe(1)
    })
  })

  describe('a device', () => {
    it('is kept up to date by its id and user', async () => {
      const _ = db.command
      await devices.add({ device_id: 'd1', user_id: 'u1', push_clientid: 'p1', token_expired: 5 })
      const mine = { device_id: 'd1', user_id: 'u1' }
      expect((await devices.where(mine).update({ push_clientid: _.remove(), token_expired: 9 })).updated).toBe(1)
      expect(
        (
          await devices
            .where({ ...mine, token_expired: _.gt(8) })
            .field(['device_id'])
            .get()
        ).data,
      ).toMatchObject([{ device_id: 'd1' }])
    })
  })
})
