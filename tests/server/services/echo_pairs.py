"""Planted echoes that no threshold was chosen on: pairs, near misses and the words around them.

Written after the thresholds of `server/domain/echo.py` were fixed, from the topics of other units,
and run once; what came out is printed in docs/benchmarks.md. Who tunes on them needs new ones.
"""

HELD_OUT = (
    ("公安的视频探头市容部门调不到，占道经营只能靠人巡查", "我们查占道经营想调公安探头，申请了半年也没批下来"),
    ("船舶进港的申报海事和口岸各录一遍", "同一条船进港，口岸办录完，海事局又要企业重新申报"),
    ("基站选址的时候小区业主反对，移动联通都进不去", "居民一反对，通信公司的基站就建不了"),
    ("食品追溯编码只覆盖大超市，农贸市场没有", "农贸市场的摊位没有纳入食品追溯，出了事查不到来源"),
    ("电子病历在医院之间不通用，病人转院要重新检查", "转院以后原来的检查结果看不到，电子病历各医院是各医院的"),
    ("农产品价格行情乡镇看不到，农户种什么全凭感觉", "乡镇没有渠道拿到农产品行情，农户都是跟风种"),
    ("残疾人补贴名单和民政数据对不上，死亡的人还在领", "有人已经死亡，残疾人补贴还在发，因为跟民政没有比对"),
    ("海洋观测浮标坏了没有维修经费", "浮标出了故障，海洋局说没钱修"),
    ("Charging piles in the eco-city overload the grid at night", "nobody forecast what the charging piles do to the grid in the eco-city"),
    ("School buses are tracked by a different vendor in each district", "each district bought from its own vendor to follow the school buses"),
    ("Small firms never hear about the innovation vouchers", "the innovation vouchers are unknown among small firms"),
    ("Inspectors enter the same building permit on paper and on the tablet", "a building permit is filled in twice by inspectors, first on paper"),
)  # fmt: skip
"""What the room says, and what another room said of the same in other words."""

NEAR_MISSES = (
    "公安户籍窗口排队时间太长",
    "市容巡查车辆年底要更换一批",
    "占道施工的审批由建委负责",
    "港区堆场的集装箱位置不清楚",
    "口岸办和海事局合署办公的方案还没定",
    "移动支付在公交车上推广得不错",
    "小区业主委员会选举参加的人少",
    "大超市的停车场夜间对居民开放",
    "农贸市场改造今年完成了六个",
    "食品抽检结果每个月公布一次",
    "医院的挂号系统上个月升级过",
    "转院病人的救护车费用谁承担没有说法",
    "乡镇卫生院缺医生",
    "农户的宅基地登记还差三成",
    "残疾人就业培训报名的人不多",
    "民政的低保审核改成了网上办理",
    "海洋局的执法船停在渤海湾",
    "观测站的数据每小时报一次",
    "The eco-city opened a second charging station near the school",
    "The grid company repaired cables at night",
    "Each district pays for school meals by itself",
    "A different vendor supplies the tablets of the district office",
    "Small firms pay less tax this year",
    "The building permit office moved to the new hall",
)
"""Said elsewhere of the same things, but something else: each offer of one is wrong."""

WITHOUT_ECHO = (
    "市容委下周检查沿街广告牌",
    "公安局新建了三处报警点",
    "进港航道今年疏浚过两次",
    "联通和移动的光缆共用一条管道",
    "超市的塑料袋收费没有人管",
    "医院之间的检查设备可以互相借用",
    "农户贷款要村里盖章",
    "民政局合并了两个科室",
    "Innovation prizes go to the same firms every year",
    "The tablet batteries of the inspectors last three hours",
    "Vendor contracts in the district end in March",
    "Buses to the eco-city run every ten minutes",
)
"""What the room says too, of which nobody else spoke: each offer to one is wrong."""

WORDS_ZH = (
    "公安", "市容", "海事", "口岸", "船舶", "企业", "居民", "医院", "病人", "检查", "农户", "乡镇", "超市", "市场",
    "食品", "民政", "补贴", "名单", "海洋", "经费", "申报", "数据", "小区", "移动", "联通", "行情", "浮标", "追溯",
)  # fmt: skip
WORDS_EN = (
    "district", "school", "buses", "vendor", "grid", "eco-city", "firms", "innovation", "permit", "building",
    "paper", "tablet", "inspectors", "charging", "small", "night",
)  # fmt: skip
"""The vocabulary of the lines around, the frequent words first."""
