/** Words that are others in Taiwan, longer ones before those that they begin with. */
const WORDS: Record<string, string> = {
  字符串: '字串',
  字符: '字元',
  用户名: '使用者名稱',
  默认: '預設',
  设备: '裝置',
  调用: '呼叫',
  登录: '登入',
  窗口: '視窗',
  返回: '傳回',
  获取: '取得',
  设置: '設定',
  配置: '設定',
  代码: '程式碼',
  组件: '元件',
  模块: '模組',
  存储: '儲存',
  全局: '全域',
  密钥: '金鑰',
  站点: '網站',
  域名: '網域',
  参数: '參數',
  数据: '資料',
  重复: '重複',
  复杂: '複雜',
}

/** Simplified and traditional characters in turn, of what the server says; those that are written alike are left out. */
const CHARACTERS =
  '万萬与與专專业業东東丢丟两兩严嚴个個临臨为為么麼义義习習书書买買于於云雲产產亿億仅僅从從仓倉们們价價优優会會传傳伪偽体體余餘储儲兑兌关關内內册冊写寫冲衝决決况況冻凍准準减減几幾凭憑击擊则則刚剛删刪别別' +
  '务務动動势勢匀勻区區协協单單占佔却卻历歷压壓参參双雙发發变變号號后後听聽启啟员員响響围圍国國图圖圆圓场場坏壞块塊墙牆处處备備复復够夠头頭学學宝寶实實审審宽寬对對导導将將尝嘗尽盡层層属屬带帶并並库庫应應' +
  '废廢开開异異弃棄张張弹彈强強当當录錄径徑态態总總恒恆恶惡户戶执執扩擴扰擾抛拋护護报報拟擬拦攔拨撥择擇挂掛挡擋挤擠损損换換据據摆擺撑撐数數断斷无無旧舊时時显顯暂暫术術机機权權条條来來构構标標栈棧样樣档檔' +
  '检檢横橫汇匯没沒浅淺测測浏瀏溃潰滚滾满滿点點热熱状狀独獨环環现現电電画畫盐鹽监監盖蓋盘盤着著码碼础礎确確碍礙离離种種积積称稱签籤简簡类類红紅约約级級纯純线線练練组組细細终終经經绑綁结結绕繞给給络絡绝絕' +
  '统統继繼绪緒续續缀綴缓緩编編缩縮网網联聯脚腳脱脫腾騰节節范範获獲营營补補装裝见見观觀规規览覽觉覺触觸计計认認让讓训訓议議讯訊记記许許论論设設访訪证證识識译譯试試话話询詢该該语語误誤说說请請读讀谁誰调調' +
  '负負败敗账賬购購贴貼贵貴费費赖賴赠贈车車转轉轮輪软軟载載较較辑輯输輸辞辭边邊达達迁遷过過运運还還这這进進远遠连連迟遲适適选選逻邏邮郵邻鄰释釋里裡针針钉釘钟鍾钥鑰钮鈕钱錢链鏈销銷锁鎖错錯键鍵镜鏡长長门門' +
  '闭閉问問闲閒间間阅閱阈閾队隊阵陣际際陆陸随隨隐隱难難页頁顶頂项項顺順须須预預领領频頻题題颜顏额額飞飛验驗骤驟鸿鴻齐齊'

const WORD = new RegExp(Object.keys(WORDS).join('|'), 'g')
const characters = new Map(
  Array.from({ length: CHARACTERS.length / 2 }, (_, at) => [CHARACTERS[2 * at]!, CHARACTERS[2 * at + 1]!]),
)

/** What the server says in Simplified Chinese alone, the names and explanations of options, in Traditional Chinese. */
export function toTraditional(text: string): string {
  const words = text.replace(WORD, (word) => WORDS[word] ?? word)
  return Array.from(words, (character) => characters.get(character) ?? character).join('')
}
