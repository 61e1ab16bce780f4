import { ALIYUN_CODES } from './aliyun-codes'
import type { Codes } from './codes'

/**
 * The codes of the verification service over those of SMS, which it sends through, as of November 2026:
 * https://help.aliyun.com/zh/pnvs/developer-reference/api-return-code and its list of public error codes.
 */
export const ALIYUN_VERIFY_CODES: Codes = {
  ...ALIYUN_CODES,
  tooFrequent: [...ALIYUN_CODES.tooFrequent, 'biz.FREQUENCY', 'FREQUENCY_FAIL'],
  dayLimit: ['BUSINESS_LIMIT_CONTROL'],
  badNumber: [...ALIYUN_CODES.badNumber, 'MOBILE_NUMBER_ILLEGAL'],
  template: [...ALIYUN_CODES.template, 'INVALID_PARAMETERS', 'IllegalParameter'],
  account: [
    ...ALIYUN_CODES.account,
    'isv.INVALID_APP',
    'isv.RAM_PERMISSION_DENY',
    'isv.SCENE_QUERY_FAIL',
    'isv.VERIFY_SCHEME_NOT_EXIST',
    'DataNotFound',
    'FUNCTION_NOT_OPENED',
    'FunctionNotSubscribed',
    'PermissionDenied',
    'UnauthorizedOperation',
  ],
  unknown: [...ALIYUN_CODES.unknown, 'SystemError'],
}
