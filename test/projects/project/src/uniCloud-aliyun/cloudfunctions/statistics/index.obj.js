const db = uniCloud.database()
const $ = db.command.aggregate

module.exports = {
  /** For each day how many visits there were, and the titles of the articles that were visited most. */
  async readDays() {
    // Each call adds to the same query, as uni-stat writes it.
    const query = db.collection('visits').aggregate()
    query.match({ visits: db.command.gt(0) })
    query.sort({ visits: -1 })
    query.lookup({ from: 'opendb-news-articles', localField: 'article_id', foreignField: '_id', as: 'article' })
    query.unwind('$article')
    query.group({ _id: { day: '$day' }, visits: $.sum('$visits'), titles: $.push('$article.title') })
    query.project({ _id: 0, day: '$_id.day', visits: 1, best: $.slice(['$titles', 2]) })
    query.sort({ day: 1 })
    const { data } = await query.end()
    return { errCode: 0, data }
  },
}
