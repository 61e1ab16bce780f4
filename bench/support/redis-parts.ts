// What the benches of Redis take from the source: the host's connection, the stores on it, their scripts.
export { openRedis } from '../../host/redis/index'
export { cryptoBytes } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
export { codeConsume } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/lua/code-consume-1'
export { codeIssue } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/lua/code-issue-1'
export { hashId } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/platform-database'
export { redisStore } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis'
export { scriptRunner } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
